// Which actions of the specification explain a line of a trace.  Twin of tla/RaftTrace.tla.
//
//   event                          actions                                   state shown
//   InitState ... BecomeFollower   Init (first start) or Restart; then       what is loaded,
//                                  RecoverCommitIndex, if it is shown        stepwise
//   BecomeFollower                 UpdateTerm or ReturnToFollower, if a      after
//                                  message is in hand; UpdateTerm by a
//                                  message that need not be in the trace
//                                  (PreVote, transfer); else StepDown
//   BecomePreCandidate             BecomePreCandidate                        after
//   BecomeCandidate                Timeout, or HandleTimeoutNow of the       after
//                                  message in hand
//   SendRequestVoteRequest         RequestVote(i, j)                         after
//   SendRequestVoteResponse        to itself: RequestVote(i, i); to others:  before the vote is
//                                  what HandleRequestVoteRequest, or         recorded
//                                  RespondToOlderTerm, queued
//   BecomeLeader                   BecomeLeader                              after
//   Replicate, ChangeConf          ClientRequest, ChangeConf: taken with     before
//                                  the next SendAppendEntriesResponse
//   SendAppendEntriesResponse      to itself: AppendEntriesToSelf; to        after
//                                  others: what the handler, or
//                                  RespondToOlderTerm, queued
//   SendAppendEntriesRequest       AppendEntries, Heartbeat, SendSnapshot    after
//   SendMessage                    RequestPreVote, SendTimeoutNow, or what   after
//                                  HandlePreVoteRequest queued
//   Commit                         AdvanceCommitIndex, or nothing to commit  after
//   Receive...                     the term gate, then the handler           before
//   ApplyConfChange                ApplyConfChange; with a snapshot in hand  before
//                                  or while starting, nothing
//   Ready                          HandOver; also Persist, unless the trace  after
//                                  has lines for it
//   Persist                        Persist                                   after
//   Compact                        Compact                                   -
//   Crash                          nothing: Restart says what was lost       before
//   Apply                          nothing                                   as it is
//   ReadIndex, ReadState           ReadIndex, ServeRead                      -
//   DropMessage, DuplicateMessage  the same                                  -
//
// With asynchronous storage a node that does not know yet that a change of the membership is
// applied does not obey MsgTimeoutNow: DropMessage, without a line.
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

#include "conformance/judge/compare.h"
#include "conformance/judge/verdict.h"
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

// An entry that a leader is about to append.
struct Announced {
  std::uint64_t index = 0;  // 0: the line did not say
  spec::Value value = 0;
  std::optional<spec::ConfChange> change;
  bool open = false;  // the line did not say whether the change is simple or joint
  friend bool operator==(const Announced&, const Announced&) = default;
};

// What a disk may hold: a log, and the snapshot that it follows on.
struct Loadable {
  spec::LogId log = spec::kEmptyLog;
  spec::Index snapshot = 0;
  friend bool operator==(const Loadable&, const Loadable&) = default;
};

// What the lines seen so far have begun and not finished, for one server.
struct ServerProgress {
  enum class Stage : std::uint8_t { kUnborn, kDown, kLoading, kRunning };
  Stage stage = Stage::kUnborn;
  std::optional<spec::Message> received;    // received; BecomeFollower comes before its handling
  std::optional<spec::Message> response;    // queued by a handler; its Send line is the next line
  spec::Server response_vote = spec::kNil;  // votedFor as that line shows it
  std::vector<Announced> announced;         // by Replicate and ChangeConf lines, not in the log
  // A snapshot was taken up, and ApplyConfChange is the next line: it shows no configuration.
  bool replaced = false;
  // etcd's RawNode.Bootstrap is under way: so many entries, of which these were applied.
  std::optional<std::uint64_t> bootstrap_length;
  std::vector<spec::Server> bootstrapped;
  Loadable loaded;           // kLoading: what the disk holds
  bool first_start = false;  // kLoading: never was there before
  bool conf_loaded = false;  // kLoading: ApplyConfChange was there, and showed
  spec::Config conf;         // kLoading: the configuration that was stored
  // The application may have stored a configuration, which has the entries up to `index`, and apply
  // them again or not.
  struct Stored {
    spec::Index index = 0;
    spec::Config config;
    friend bool operator==(const Stored&, const Stored&) = default;
  };
  std::optional<Stored> stored;
  // Applied by the last line, as a simple change; the next line shows whether it is a joint one.
  struct OpenChange {
    spec::LogId entry = spec::kEmptyLog;
    spec::ServerState before;
    friend bool operator==(const OpenChange&, const OpenChange&) = default;
  };
  std::optional<OpenChange> open_change;
  std::optional<trace::Durable> disk;  // what a Crash line said is left, and
  std::optional<Written> survived;     // the entries there that were not synced
  std::uint64_t applied = 0;           // index of the last Apply line
  // What the last Ready, or the restart, showed of what is to be stored.
  std::optional<spec::ServerState::Durable> handed;
  friend bool operator==(const ServerProgress&, const ServerProgress&) = default;
};

// One explanation of the trace so far.
struct Candidate {
  spec::Raft<spec::BagNetwork> raft;
  std::array<ServerProgress, spec::kMaxServers> progress;
};

// How often each action was taken.  Names are literals of spec/, which are few and stay where they
// are: they are told apart by their place, and brought together by what they say at the end.
class ActionCounts {
 public:
  void Add(std::string_view action) {
    for (Count& count : counts_) {
      if (count.action.data() == action.data()) {
        ++count.times;
        return;
      }
    }
    counts_.push_back({action, 1});
  }
  std::map<std::string, std::uint64_t, std::less<>> ByName() const {
    std::map<std::string, std::uint64_t, std::less<>> sums;
    for (const Count& count : counts_) sums[std::string(count.action)] += count.times;
    return sums;
  }

 private:
  struct Count {
    std::string_view action;
    std::uint64_t times = 0;
  };
  std::vector<Count> counts_;
};

// What all explanations share.
struct TraceContext {
  spec::LogTree tree;
  Servers servers;
  spec::LogId bootstrap_log = spec::kEmptyLog;
  // The snapshot that all begin with, if they do, and what no line has told of it yet.
  spec::LogId first_snapshot = spec::kEmptyLog;
  bool first_term_open = false;
  bool first_conf_open = false;
  std::vector<spec::LogId> open_changes;  // simple or joint: nothing has shown it yet
  bool initial_known = false;             // the configuration that all begin with,
  bool initial_told = false;              // from a header
  bool network_logged = false;
  bool disk_logged = false;
  bool async_storage = true;  // the application may be ahead of what its node knows
  bool no_clock = false;      // the order of two servers' lines is none of time
  std::uint64_t compared = 0;
  std::uint64_t inferred_steps = 0;
  ActionCounts actions;
  // Who ever was in a term; kept where messages that tell terms need not be in the trace.
  std::map<spec::Term, spec::ServerSet> terms;
};

// How a line went with one explanation.
struct StepResult {
  std::vector<Attempt> attempts;             // empty: the line is explained
  std::vector<std::string> nearest;          // messages in flight that nearly fit
  std::string out_of_scope;                  // the line is of a kind that nobody writes
  std::optional<spec::Violation> violation;  // of the model itself
  std::vector<Candidate> branches;           // further explanations
  bool ok() const { return attempts.empty() && out_of_scope.empty(); }
};

// Does `event` need something of another server that is not there in `candidate`?
enum class Wait : std::uint8_t {
  kNo,
  kForWrite,  // without lines about disks: only that a write is taken to be done
  kYes,
};
Wait Waits(Candidate& candidate, const trace::Event& event, TraceContext& context);

// Explains `event` from `candidate`, in place.
StepResult Step(Candidate& candidate, const trace::Event& event, TraceContext& context);

}  // namespace conformance
