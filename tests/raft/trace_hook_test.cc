// The events of a node, and when it writes them.  The moments are those of etcd's hooks
// (raft/trace/event.h); the expected lines are those that etcd writes for the same steps.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "raft/node.h"
#include "tests/raft/solo.h"

namespace raft {
namespace {

std::string Text(const std::vector<trace::NodeId>& ids) {
  std::string text;
  for (const trace::NodeId id : ids) text += std::to_string(id);
  return text;
}

std::string Show(const trace::Message& m) {
  std::string text = " | ";
  text += trace::kMessageTypeNames[static_cast<std::size_t>(*m.type)];
  text += " " + std::to_string(*m.from) + ">" + std::to_string(*m.to);
  text += " t" + std::to_string(*m.term) + " e" + std::to_string(*m.entries);
  text += " i" + std::to_string(*m.index) + "/" + std::to_string(*m.log_term);
  text += " c" + std::to_string(*m.commit);
  if (*m.reject) text += " no" + std::to_string(*m.reject_hint);
  if (m.ents) {
    for (const trace::Entry& entry : *m.ents) text += " @" + std::to_string(*entry.term);
  }
  return text;
}

// Reads every field that an event always has; a missing one ends the test.
std::string Show(const trace::Event& e) {
  std::string text(trace::kEventNames[static_cast<std::size_t>(e.name)]);
  text += " t" + std::to_string(e.state.value().term.value());
  text += " v" + std::to_string(e.state->vote.value());
  text += " c" + std::to_string(e.state->commit.value());
  text += " L" + std::to_string(e.log.value()) + " ";
  text += trace::kRoleNames[static_cast<std::size_t>(e.role.value())].substr(5);
  text += " [" + Text(e.conf.value()[0]) + "][" + Text((*e.conf)[1]) + "]";
  if (e.msg) text += Show(*e.msg);
  if (e.prop && e.prop->cc) {
    text += e.prop->cc->newconf ? " new[" + Text(*e.prop->cc->newconf) + "]" : " new-";
  }
  if (e.prop && e.prop->match) {
    text += " match" + std::to_string(*e.prop->match) + " next" + std::to_string(*e.prop->next);
  }
  if (e.entry) text += " entry@" + std::to_string(e.entry->term.value());
  return text;
}

class Recorder : public trace::Sink {
 public:
  void Emit(const trace::Event& event) override {
    events.push_back(event);
    lines.push_back(Show(event));
  }
  std::vector<std::string> Drain() { return std::exchange(lines, {}); }
  std::vector<trace::Event> events;
  std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

Start Traced(Recorder& recorder, std::vector<std::uint64_t> terms = {}, HardState state = {}) {
  Start start;
  start.terms = std::move(terms);
  start.hard_state = state;
  start.config.sink = &recorder;
  return start;
}

TEST(Trace, AStartShowsTheNodeBeforeItsStateIsLoaded) {
  Recorder trace;
  Solo node(Traced(trace, {1, 2, 2}, {Term(4), NodeId(3), Index(2)}));
  EXPECT_EQ(trace.Drain(), (Lines{"InitState t0 v0 c0 L3 Follower [][]",
                                  "ApplyConfChange t0 v0 c0 L3 Follower [][] new[123]",
                                  "BecomeFollower t4 v3 c2 L3 Follower [123][]"}));
  const Ready ready = node->TakeReady();  // entries are applied again, nothing is written
  EXPECT_EQ(ready.committed_entries.size(), 2U);
  EXPECT_FALSE(ready.hard_state.has_value());
}

TEST(Trace, WithoutVotersThereIsNoNewConfiguration) {
  Recorder trace;
  Start start = Traced(trace);
  start.voters = 0;
  const Solo node(start);
  EXPECT_EQ(trace.Drain(), (Lines{"InitState t0 v0 c0 L0 Follower [][]",
                                  "ApplyConfChange t0 v0 c0 L0 Follower [][] new-",
                                  "BecomeFollower t0 v0 c0 L0 Follower [][]"}));
}

TEST(Trace, AnElectionAndTheFirstCommitment) {
  Recorder trace;
  Solo node(Traced(trace, {1}, {Term(1), kNone, Index(1)}));
  trace.Drain();
  node->Campaign();
  node.Flush();
  const std::string us = " t2 v1 c1 L1 Candidate [123][]";
  EXPECT_EQ(trace.Drain(),
            (Lines{"BecomeCandidate" + us,
                   "SendRequestVoteResponse" + us + " | MsgVoteResp 1>1 t2 e0 i0/0 c0",
                   "SendRequestVoteRequest" + us + " | MsgVote 1>2 t2 e0 i1/1 c0",
                   "SendRequestVoteRequest" + us + " | MsgVote 1>3 t2 e0 i1/1 c0", "Ready" + us,
                   "ReceiveRequestVoteResponse" + us + " | MsgVoteResp 1>1 t2 e0 i0/0 c0"}));
  node.Tell(From(3, MessageType::kVoteResp, 2));
  const std::string lead = " t2 v1 c1 L2 Leader [123][]";
  EXPECT_EQ(
      trace.Drain(),
      (Lines{
          "ReceiveRequestVoteResponse" + us + " | MsgVoteResp 3>1 t2 e0 i0/0 c0",
          "BecomeLeader t2 v1 c1 L1 Leader [123][]", "Replicate t2 v1 c1 L1 Leader [123][] entry@2",
          "SendAppendEntriesResponse" + lead + " | MsgAppResp 1>1 t2 e0 i2/0 c0",
          "SendAppendEntriesRequest" + lead + " | MsgApp 1>2 t2 e1 i1/1 c1 @2 match1 next2",
          "SendAppendEntriesRequest" + lead + " | MsgApp 1>3 t2 e1 i1/1 c1 @2 match1 next2",
          "Ready" + lead, "ReceiveAppendEntriesResponse" + lead + " | MsgAppResp 1>1 t2 e0 i2/0 c0",
          "Commit" + lead}));  // attempted, but the commit index does not advance
  node.Tell(From(2, MessageType::kAppResp, 2, 2));
  const std::string done = " t2 v1 c2 L2 Leader [123][]";
  EXPECT_EQ(trace.Drain(),
            (Lines{"ReceiveAppendEntriesResponse" + lead + " | MsgAppResp 2>1 t2 e0 i2/0 c0",
                   "Commit" + done,
                   "SendAppendEntriesRequest" + done + " | MsgApp 1>2 t2 e0 i2/2 c2 match2 next3",
                   "Ready" + done}));
  node->Tick();
  EXPECT_EQ(trace.Drain(),
            (Lines{"SendAppendEntriesRequest" + done + " | MsgHeartbeat 1>2 t2 e0 i0/0 c2",
                   "SendAppendEntriesRequest" + done + " | MsgHeartbeat 1>3 t2 e0 i0/0 c0"}));
}

TEST(Trace, AVoteIsShownAsSentBeforeItIsRecorded) {
  Recorder trace;
  Solo node(Traced(trace));
  trace.Drain();
  node.Tell(From(2, MessageType::kVote, 3));
  EXPECT_EQ(
      trace.Drain(),
      (Lines{"ReceiveRequestVoteRequest t0 v0 c0 L0 Follower [123][] | MsgVote 2>1 t3 e0 i0/0 c0",
             "BecomeFollower t3 v0 c0 L0 Follower [123][]",
             "SendRequestVoteResponse t3 v0 c0 L0 Follower [123][] | MsgVoteResp 1>2 t3 e0 i0/0 c0",
             "Ready t3 v2 c0 L0 Follower [123][]"}));
}

TEST(Trace, AFollowerShowsWhatItReceivedAndAnswered) {
  Recorder trace;
  Solo node(Traced(trace, {}, {Term(2), kNone, Index()}));
  trace.Drain();
  const std::string old = " t2 v0 c0 L0 Follower [123][]";
  node.Tell(Append(2, 2, 0, 0, {1, 2}, 1));
  EXPECT_EQ(trace.Drain(),
            (Lines{"ReceiveAppendEntriesRequest" + old + " | MsgApp 2>1 t2 e2 i0/0 c1 @1 @2",
                   "SendAppendEntriesResponse t2 v0 c1 L2 Follower [123][] | MsgAppResp 1>2 t2 e0 "
                   "i2/0 c0",
                   "Ready t2 v0 c1 L2 Follower [123][]"}));
  const std::string now = " t2 v0 c1 L2 Follower [123][]";
  node.Tell(Append(2, 2, 5, 2, {2}));
  EXPECT_EQ(trace.Drain(),
            (Lines{"ReceiveAppendEntriesRequest" + now + " | MsgApp 2>1 t2 e1 i5/2 c0 @2",
                   "SendAppendEntriesResponse" + now + " | MsgAppResp 1>2 t2 e0 i5/2 c0 no2",
                   "Ready" + now}));
  Message heartbeat = From(2, MessageType::kHeartbeat, 2);
  heartbeat.commit = Index(2);
  node.Tell(heartbeat);
  EXPECT_EQ(trace.Drain(),
            (Lines{"ReceiveAppendEntriesRequest" + now + " | MsgHeartbeat 2>1 t2 e0 i0/0 c2",
                   "SendAppendEntriesResponse t2 v0 c2 L2 Follower [123][] | MsgHeartbeatResp 1>2 "
                   "t2 e0 i0/0 c0",
                   "Ready t2 v0 c2 L2 Follower [123][]"}));
}

TEST(Trace, ALeaderOfAnOlderTermIsToldTheTerm) {
  Recorder trace;
  Solo node(Traced(trace, {}, {Term(5), kNone, Index()}));
  trace.Drain();
  node.Tell(Append(2, 3, 0, 0, {3}));
  EXPECT_EQ(trace.Drain(), (Lines{"ReceiveAppendEntriesRequest t5 v0 c0 L0 Follower [123][] | "
                                  "MsgApp 2>1 t3 e1 i0/0 c0 @3",
                                  "SendAppendEntriesResponse t5 v0 c0 L0 Follower [123][] | "
                                  "MsgAppResp 1>2 t5 e0 i0/0 c0",
                                  "Ready t5 v0 c0 L0 Follower [123][]"}));
}

TEST(Trace, ProposalsAndWhatIsNotForThisNodeAreNotShown) {
  Recorder trace;
  Solo node(Traced(trace));
  node.Tell(From(2, MessageType::kHeartbeat, 1));
  trace.Drain();
  node->Propose("x");
  Message m = Append(2, 9, 0, 0, {9});
  m.to = NodeId(2);
  node->Step(m);
  node->Step(From(77, MessageType::kAppResp, 1, 1));
  EXPECT_EQ(trace.Drain(), Lines{});
}

// A membership change has an event of its own.
TEST(Trace, ReplicateIsWrittenForEachNormalEntryWithItsDigest) {
  Recorder trace;
  Solo node(Traced(trace));
  node.Lead();
  trace.events.clear();
  Message proposal = From(2, MessageType::kProp, 0);
  proposal.entries.resize(3);
  proposal.entries[0].data = "a";
  proposal.entries[1].type = EntryType::kConfChange;
  proposal.entries[1].data = Encode({{}, {{ConfChangeType::kAddLearnerNode, NodeId(4)}}, {}});
  proposal.entries[2].data = "b";
  node->Step(proposal);
  ASSERT_GE(trace.events.size(), 3U);
  EXPECT_EQ(trace.events[0].name, trace::EventName::kChangeConf);
  EXPECT_EQ(trace.events[0].index, 3U);
  EXPECT_EQ(trace.events[0].entry->digest, Digest(proposal.entries[1]));
  for (const std::size_t k : {1U, 2U}) {
    EXPECT_EQ(trace.events[k].name, trace::EventName::kReplicate);
    EXPECT_EQ(trace.events[k].log, 1U);  // the state before any of the entries is appended
    EXPECT_EQ(trace.events[k].entry->digest, Digest(proposal.entries[2 * k - 2]));
  }
  EXPECT_NE(trace.events[3].name, trace::EventName::kReplicate);
  EXPECT_EQ(node->last_index(), Index(4));
}

// ---- Random runs of a group.

bool Same(const Ready& a, const Ready& b) {
  return a.soft_state == b.soft_state && a.hard_state == b.hard_state && a.entries == b.entries &&
         a.messages == b.messages && a.committed_entries == b.committed_entries &&
         a.must_sync == b.must_sync;
}

// Three nodes and the messages between them, in an order that the caller chooses.
struct Three {
  explicit Three(trace::Sink* sink) {
    for (std::size_t k = 0; k < 3; ++k) {
      storages.push_back(
          std::make_unique<MemoryStorage>(ConfState{{NodeId(1), NodeId(2), NodeId(3)}}));
      Config config;
      config.id = NodeId(k + 1);
      config.storage = storages.back().get();
      config.seed = k;
      config.sink = sink;
      nodes.emplace_back(config);
    }
  }
  // Returns the Ready that was taken; empty if there was none.
  Ready Do(int action, std::size_t target) {
    Node& node = nodes[target % 3];
    if (action == 0) node.Tick();
    if (action == 1) node.Campaign();
    if (action == 2) node.Propose("p" + std::to_string(target));
    if (action == 3 && !network.empty()) {
      const auto at = network.begin() + static_cast<std::ptrdiff_t>(target % network.size());
      const Message m = *at;
      if (target % 5 != 0) network.erase(at);  // otherwise the message stays and arrives twice
      nodes[m.to.value() - 1].Step(m);
    }
    Ready ready;
    if (action == 4 && node.HasReady()) {
      ready = node.TakeReady();
      storages[target % 3]->Append(ready.entries);
      if (ready.hard_state) storages[target % 3]->SetHardState(*ready.hard_state);
      network.insert(network.end(), ready.messages.begin(), ready.messages.end());
      node.Advance();
    }
    return ready;
  }
  std::vector<std::unique_ptr<MemoryStorage>> storages;
  std::vector<Node> nodes;
  std::deque<Message> network;
};

TEST(Trace, ChangesNothingThatANodeDoesAndIsTheSameEachTime) {
  EXPECT_TRUE(rc::check([] {
    Recorder one;
    Recorder two;
    Three traced(&one);
    Three again(&two);
    Three silent(nullptr);
    const auto actions = *rc::gen::container<std::vector<std::pair<int, std::size_t>>>(
        rc::gen::pair(rc::gen::weightedElement<int>({{6, 0}, {1, 1}, {3, 2}, {12, 3}, {12, 4}}),
                      rc::gen::inRange<std::size_t>(0, 1000)));
    for (const auto& [action, target] : actions) {
      const Ready ready = traced.Do(action, target);
      RC_ASSERT(Same(ready, again.Do(action, target)));
      RC_ASSERT(Same(ready, silent.Do(action, target)));
    }
    RC_ASSERT(one.lines == two.lines);
    RC_ASSERT(one.events == two.events);
    for (std::size_t k = 0; k < 3; ++k) {
      RC_ASSERT(traced.nodes[k].hard_state() == silent.nodes[k].hard_state());
    }
  }));
}

}  // namespace
}  // namespace raft
