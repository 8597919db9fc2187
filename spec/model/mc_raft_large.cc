#include "spec/model/mc_raft_search_inl.h"

namespace spec {

template class McRaft<kLargeModel>;
template RaftNext<kLargeModel>::State RaftNext<kLargeModel>::Initial();
template const RaftNext<kLargeModel>::State& RaftNext<kLargeModel>::Take(const State&, const Move&);
template explorer::Report<Move> Search(const McRaft<kLargeModel>&, const explorer::Options&);
template explorer::Report<Move> Simulate(const McRaft<kLargeModel>&, const explorer::WalkOptions&);

}  // namespace spec
