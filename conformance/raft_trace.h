// Which actions of the specification explain a line of a trace.  Twin of tla/RaftTrace.tla.
//
//   event                          actions                                   state shown
//   InitState ... BecomeFollower   Init (first start) or Restart             what is loaded,
//   stepwise BecomeFollower                 UpdateTerm or ReturnToFollower, if a      after
//                                  message is in hand; else StepDown
//   BecomeCandidate                Timeout                                   after
//   SendRequestVoteRequest         RequestVote(i, j)                         after
//   SendRequestVoteResponse        to itself: RequestVote(i, i); to others:  before the vote is
//                                  what HandleRequestVoteRequest queued      recorded
//   BecomeLeader                   BecomeLeader                              after
//   Replicate                      ClientRequest, taken with the next line   before
//   SendAppendEntriesResponse      to itself: AppendEntriesToSelf; to        after
//                                  others: what the handler queued
//   SendAppendEntriesRequest       AppendEntries or Heartbeat                after
//   Commit                         AdvanceCommitIndex, or nothing to commit  after
//   Receive...                     the term gate, then the handler           before
//   Ready                          Persist, unless the trace has Persist     after
//   Persist                        Persist                                   after
//   Crash                          nothing: Restart says what was lost       before
//   Apply, ApplyConfChange         nothing                                   as it is
//   DropMessage, DuplicateMessage  the same                                  -
//
// No rule of Raft is written here: this maps lines to actions and compares fields.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/compare.h"
#include "conformance/verdict.h"
#include "raft/trace/event.h"
#include "spec/raft.h"
#include "spec/raft_properties.h"

namespace conformance {

// Entries that reached a disk: from `index` on they stand in place of what was there.
struct Written {
  std::uint64_t index = 0;  // 0 if there are none
  std::vector<trace::Entry> ents;
  friend bool operator==(const Written&, const Written&) = default;
};

// What the lines seen so far have begun and not finished, for one server.
struct ServerProgress {
  enum class Stage : std::uint8_t { kUnborn, kDown, kLoading, kRunning };
  Stage stage = Stage::kUnborn;
  std::optional<spec::Message> hand;         // received; BecomeFollower comes before its handling
  std::optional<spec::Message> response;     // queued by a handler; its Send line is the next line
  spec::Server response_vote = spec::kNil;   // votedFor as that line shows it
  std::vector<spec::Value> announced;        // by Replicate lines, not yet in the log
  bool ready = false;                        // a Ready is out and not yet persisted
  bool bootstrapping = false;                // etcd's RawNode.Bootstrap is under way
  spec::LogId loaded_log = spec::kEmptyLog;  // kLoading: what the disk holds
  std::optional<trace::Durable> disk;        // what a Crash line said is left, and
  std::optional<Written> survived;           // the entries there that were not synced
  std::vector<trace::NodeId> voters;         // the configuration in use, sorted
  std::uint64_t reapplied = 0;               // bootstrap entries that the application took again
  std::uint64_t applied = 0;                 // index of the last Apply line
  friend bool operator==(const ServerProgress&, const ServerProgress&) = default;
};

// One explanation of the trace so far.
struct Candidate {
  spec::Raft<spec::BagNetwork> raft;
  std::array<ServerProgress, spec::kMaxServers> progress;
};

// What all explanations share.
struct TraceContext {
  spec::LogTree tree;
  Servers servers;
  spec::LogId bootstrap_log = spec::kEmptyLog;
  bool network_logged = false;
  bool disk_logged = false;
  std::uint64_t compared = 0;
  std::uint64_t inferred_steps = 0;
  std::map<std::string_view, std::uint64_t> actions;  // keys are literals of spec/
};

// How a line went with one explanation.
struct StepResult {
  std::vector<Attempt> attempts;             // empty: the line is explained
  std::vector<std::string> nearest;          // messages in flight that nearly fit
  std::string out_of_scope;                  // the line needs what is not modelled yet
  std::optional<spec::Violation> violation;  // of the model itself
  std::vector<Candidate> branches;           // further explanations
  bool ok() const { return attempts.empty() && out_of_scope.empty(); }
};

// Explains `event` from `candidate`, in place.
StepResult Step(Candidate& candidate, const trace::Event& event, TraceContext& context);

}  // namespace conformance
