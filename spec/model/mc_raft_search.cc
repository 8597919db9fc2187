#include "spec/model/mc_raft_search.h"

#include "spec/explorer/breadth_first.h"
#include "spec/explorer/simulation.h"
#include "spec/model/mc_raft_inl.h"

namespace spec {

template class McRaft<kSmallModel>;
template class McRaft<kLargeModel>;

template <int n>
explorer::Report<Move> Search(const McRaft<n>& model, const explorer::Options& options) {
  return explorer::BreadthFirst<McRaft<n>>(model, options).Run();
}

template <int n>
explorer::Report<Move> Simulate(const McRaft<n>& model, const explorer::WalkOptions& options) {
  return explorer::Simulation<McRaft<n>>(model, options).Run();
}

template explorer::Report<Move> Search(const McRaft<kSmallModel>&, const explorer::Options&);
template explorer::Report<Move> Search(const McRaft<kLargeModel>&, const explorer::Options&);
template explorer::Report<Move> Simulate(const McRaft<kSmallModel>&, const explorer::WalkOptions&);
template explorer::Report<Move> Simulate(const McRaft<kLargeModel>&, const explorer::WalkOptions&);

}  // namespace spec
