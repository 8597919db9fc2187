// Values of the model, messages and servers as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/judge/compare.h"
#include "conformance/judge/plural.h"
#include "raft/trace/event.h"
#include "spec/outcome.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace conformance {

// `currentTerm[i] = 4, m.term = 5`
std::string OperandsText(const spec::Outcome& outcome, const Servers& servers);
// `MsgApp 1->2 term 3 index 7 logTerm 2 entries 1 commit 6`; fields that are zero are left out.
std::string MessageText(const spec::Message& m, const Servers& servers, const spec::LogTree& tree);
std::string MessageText(const trace::Message& msg);
// The state of one server, in one line.
std::string ServerText(const spec::ServerState& server, const Servers& servers,
                       const spec::LogTree& tree);
// Up to three messages in flight that differ least from `msg`, and the fields in which they differ.
std::vector<std::string> NearestMessages(const spec::BagNetwork& network, const trace::Message& msg,
                                         const Servers& servers, const LearntDigests& learnt,
                                         const spec::LogTree& tree,
                                         const spec::Constants& constants);

}  // namespace conformance
