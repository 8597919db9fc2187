#include "spec/model/mc_raft_search_inl.h"

namespace spec {

template class McRaft<kSmallModel>;
template RaftNext<kSmallModel>::State RaftNext<kSmallModel>::Initial();
template const RaftNext<kSmallModel>::State& RaftNext<kSmallModel>::Take(const State&, const Move&);
template void RaftNext<kSmallModel>::ForEachStep(const State&, StepVisitor);
template explorer::Report<Move> Search(const McRaft<kSmallModel>&, const explorer::Options&);
template explorer::Report<Move> Simulate(const McRaft<kSmallModel>&, const explorer::WalkOptions&);

}  // namespace spec
