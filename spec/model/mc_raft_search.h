// The searches of explorer/ over the models of mc_raft.h, compiled once for all who search.
#pragma once

#include "spec/explorer/report.h"
#include "spec/model/mc_raft.h"

namespace spec {

// Both may be called by one thread at a time for a model; they start as many as the options say.

// Every reachable state within the bounds, breadth first.
template <int n>
explorer::Report<Move> Search(const McRaft<n>& model, const explorer::Options& options);

// Random walks.
template <int n>
explorer::Report<Move> Simulate(const McRaft<n>& model, const explorer::WalkOptions& options);

}  // namespace spec
