// Prints states and steps of a bounded model in the notation of the TLA+ text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "spec/model/mc_raft.h"

namespace spec {

// A variable, or its part that belongs to one server, and its value: `log[s1]`, `<<...>>`.
using Fact = std::pair<std::string, std::string>;

// All variables of a state, in the order of the TLA+ text.
template <int n>
std::vector<Fact> FactsOf(const McRaft<n>& model, const typename McRaft<n>::State& state);

// A step with its parameters: `AppendEntries(s1, s2, 0, 1)`.
template <int n>
std::string MoveText(const McRaft<n>& model, const typename McRaft<n>::State& before,
                     const Move& move);

}  // namespace spec
