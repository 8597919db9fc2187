// Is a line of a trace a step of the specification?  This is the twin of tla/RaftTrace.tla.
//
// The judge holds candidates: each is one explanation of the lines so far, a state of the model
// with what the lines have begun and not finished.  Step tries one line on one candidate.  Where
// the line leaves several readings open, each that fits becomes a candidate.  Which actions explain
// a line is the table at the top of raft_trace.cc; which fields it has, and which state of its
// server they show, is the one in raft/trace/event_fields.h.
//
// No rule of Raft is written here or there: lines are mapped to actions, and fields are compared.
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

// Entries that reached a disk, as far as a line tells.  From `index` on they replace what was
// there.
struct Written {
  trace::Field<std::uint64_t> index;  // 0 if there are no entries
  trace::Field<std::vector<trace::Entry>> ents;
  friend bool operator==(const Written&, const Written&) = default;
};

// An entry that a leader is about to append.
struct Announced {
  std::uint64_t index = 0;           // 0: the line did not tell it
  std::optional<spec::Value> value;  // empty: the line did not tell it
  std::optional<spec::ConfChange> change;
  bool open = false;  // the line did not tell whether the change is simple or joint
  friend bool operator==(const Announced&, const Announced&) = default;
};

// What a disk may hold: a log, and the index of the snapshot at its beginning.
struct Loadable {
  spec::LogId log = spec::kEmptyLog;
  spec::Index snapshot = 0;
  friend bool operator==(const Loadable&, const Loadable&) = default;
};

// What the lines so far have begun and not finished, for one server.
struct ServerProgress {
  // Never started; stopped; started, and its stored state is being loaded; running.
  enum class Stage : std::uint8_t { kUnborn, kDown, kLoading, kRunning };
  Stage stage = Stage::kUnborn;
  // A message that the server received.  The next line shows what the server makes of it: it
  // becomes a follower first, or it ignores, answers or obeys the message.
  std::optional<spec::Message> received;
  // An answer that a handler queued.  The server's next line shows it.
  std::optional<spec::Message> response;
  spec::Server response_vote = spec::kNil;  // votedFor, as that line shows it
  // Entries of Replicate and ChangeConf lines, which are not yet in the log.
  std::vector<Announced> announced;
  // The server installed a snapshot.  ApplyConfChange is its next line, and until then the lines
  // show an empty configuration.
  bool replaced = false;
  // etcd's RawNode.Bootstrap is under way, with this number of entries; 0: no line told it yet. The
  // server has applied those that add the servers in `bootstrapped`.
  std::optional<std::uint64_t> bootstrap_length;
  std::vector<spec::Server> bootstrapped;
  Loadable loaded;           // while loading: what the disk holds
  bool first_start = false;  // while loading: the server starts for the first time
  bool conf_loaded = false;  // while loading: the ApplyConfChange line has come
  bool conf_told = false;    // while loading: and it told the voters
  spec::Config conf;         // while loading: the configuration that was stored
  // The application may have stored a configuration, which the entries up to `index` made.  It may
  // or may not apply these entries again.
  struct Stored {
    spec::Index index = 0;
    spec::Config config;
    friend bool operator==(const Stored&, const Stored&) = default;
  };
  std::optional<Stored> stored;
  // The last line applied this change as a simple one.  The next line shows whether it is joint.
  struct OpenChange {
    spec::LogId entry = spec::kEmptyLog;
    spec::ServerState before;
    friend bool operator==(const OpenChange&, const OpenChange&) = default;
  };
  std::optional<OpenChange> open_change;
  std::optional<trace::Durable> disk;  // what is left on the disk, by the Crash line
  std::optional<Written> survived;     // the entries there that were not synced
  std::uint64_t applied = 0;           // index of the last Apply line
  // Commit indexes that the disk may hold, above the one in the model: Persist lines did not tell
  // whether they synced them.
  std::vector<spec::Index> open_commits;
  // The least that was committed when a read was asked for that no line has named.
  std::optional<spec::Index> unnamed_read;
  // What must be stored, as the last Ready or the restart showed it.
  std::optional<spec::ServerState::Durable> handed;
  friend bool operator==(const ServerProgress&, const ServerProgress&) = default;
};

// What an explanation takes the changes of these entries for, although no line says all of it.
struct LearntChange {
  spec::ConfChange change;
  bool whole = true;  // false: a later line may tell more
  friend bool operator==(const LearntChange&, const LearntChange&) = default;
};
using LearntChanges = std::map<spec::LogId, LearntChange>;

// One explanation of the trace so far.
struct Candidate {
  spec::Raft<spec::BagNetwork> raft;
  std::array<ServerProgress, spec::kMaxServers> progress;
  LearntDigests learnt;
  LearntChanges changes;
};

// One of several explanations of a line, and the property that its state breaks.
struct Branch {
  Candidate candidate;
  std::optional<spec::Violation> violation;
};

// How often each action was taken.  Add compares the addresses of the names, which is fast: the
// names are literals.  Literals with the same text may have two addresses; ByName adds their
// counts.
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

// What all explanations of a trace share.
struct TraceContext {
  spec::LogTree tree;
  Servers servers;
  spec::LogId bootstrap_log = spec::kEmptyLog;
  // The snapshot that all servers begin with, if they do.
  spec::LogId first_snapshot = spec::kEmptyLog;
  bool first_term_open = false;           // no line has told its term yet
  bool first_conf_open = false;           // no line has told its configuration yet
  std::vector<spec::LogId> open_changes;  // no line has shown yet whether they are simple or joint
  bool initial_known = false;             // the configuration that all servers begin with is known
  bool initial_told = false;              // the header told it
  bool network_logged = false;
  bool disk_logged = false;
  bool async_storage = true;  // the application may have applied more than its node knows
  bool no_clock = false;      // the order of lines of two servers says nothing about time
  bool ambiguous = false;     // at some time there was more than one explanation
  std::string open_field;     // the last absent field that left more than one explanation
  std::uint64_t compared = 0;
  std::uint64_t inferred_steps = 0;
  ActionCounts actions;
  // The servers that were ever in a term.  Kept if messages that tell terms need not be in the
  // trace.
  std::map<spec::Term, spec::ServerSet> terms;
};

// What came of a line that was tried on one candidate.
struct StepResult {
  std::vector<Attempt> attempts;             // empty if the line is explained
  std::vector<std::string> nearest;          // messages in flight that nearly fit the line
  std::string out_of_scope;                  // why the line cannot be judged; empty if it can
  std::optional<spec::Violation> violation;  // a property that the model's state breaks
  std::vector<Branch> branches;              // other explanations of the line
  bool ok() const { return attempts.empty() && out_of_scope.empty(); }
};

// Does `event` need something from another server that has not happened in `candidate`?
enum class Wait : std::uint8_t {
  kNo,
  kForWrite,  // only a write must be done, in a trace without lines about disks
  kYes,
};
Wait Waits(Candidate& candidate, const trace::Event& event, TraceContext& context);

// Explains `event` from `candidate`, which becomes the state after it.
StepResult Step(Candidate& candidate, const trace::Event& event, TraceContext& context);

}  // namespace conformance
