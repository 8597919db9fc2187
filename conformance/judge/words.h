// How values of the model, messages and servers are put into words.
#pragma once

#include <string>
#include <vector>

#include "conformance/judge/compare.h"
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
// The line of one server's state.
std::string ServerText(const spec::ServerState& server, const Servers& servers,
                       const spec::LogTree& tree);
// Up to three messages between the same servers that differ least from `msg`, and in what.
std::vector<std::string> NearestMessages(const spec::BagNetwork& network, const trace::Message& msg,
                                         const Servers& servers, const spec::LogTree& tree,
                                         const spec::Constants& constants);

}  // namespace conformance
