// The definitions of mc_raft_search.h, and everything else that is compiled for a model.  Two files
// include it, mc_raft_small.cc and mc_raft_large.cc, so that they can compile in parallel.
#pragma once

#include "spec/explorer/breadth_first.h"
#include "spec/explorer/simulation.h"
#include "spec/model/mc_raft_inl.h"
#include "spec/model/mc_raft_search.h"

namespace spec {

template <int n>
explorer::Report<Move> Search(const McRaft<n>& model, const explorer::Options& options) {
  return explorer::BreadthFirst<McRaft<n>>(model, options).Run();
}

template <int n>
explorer::Report<Move> Simulate(const McRaft<n>& model, const explorer::WalkOptions& options) {
  return explorer::Simulation<McRaft<n>>(model, options).Run();
}

}  // namespace spec
