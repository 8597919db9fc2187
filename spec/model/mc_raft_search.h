// The searches of explorer/ over the models of mc_raft.h, compiled once for all users.
#pragma once

#include "spec/explorer/report.h"
#include "spec/model/mc_raft.h"

namespace spec {

// Only one thread may call these for a model at a time; they start the threads that the options ask
// for.

// A full breadth-first search within the bounds.
template <int n>
explorer::Report<Move> Search(const McRaft<n>& model, const explorer::Options& options);

// Random walks.
template <int n>
explorer::Report<Move> Simulate(const McRaft<n>& model, const explorer::WalkOptions& options);

}  // namespace spec
