#include "conformance/judge/observer.h"

#include <algorithm>
#include <string>
#include <utility>

namespace conformance {
namespace {

std::string EntryText(const spec::LogTree& tree, spec::LogId log) {
  return "index " + std::to_string(tree.Length(log)) + " term " +
         std::to_string(tree.LastTerm(log)) + " digest " +
         (tree.LastValue(log) ? std::to_string(*tree.LastValue(log)) : "unknown");
}

std::string ServerName(trace::NodeId id) { return "server " + std::to_string(id); }

}  // namespace

void Observer::Violated(std::uint64_t line, const char* property, std::string what) {
  if (!violation_)
    violation_ = PropertyViolation{line, property, std::move(what), 0, {}, Basis::kLines};
}

void Observer::Observe(const trace::Event& event, std::uint64_t line) {
  using Name = trace::EventName;
  if (violation_ || event.name == Name::kDropMessage || event.name == Name::kDuplicateMessage) {
    return;
  }
  Seen& seen = servers_[event.node];
  if (event.name == Name::kInitState || event.name == Name::kCrash) {
    seen.up = false;
    seen.leads = 0;
    if (event.name == Name::kCrash) {
      ObserveDurable(event, line, seen);
      ObserveDisk(event, line, seen);
    }
    return;
  }
  if (event.name == Name::kReadIndex || event.name == Name::kReadState)
    ObserveRead(event, line, seen);
  snapshots_ = snapshots_ || event.name == Name::kCompact ||
               (event.msg && event.msg->type.value_or(trace::MessageType::kMsgSnap) ==
                                 trace::MessageType::kMsgSnap);
  if (event.name == Name::kCompact) {
    const bool told = event.durable && event.durable->snapshot;
    if (told) seen.snapshot = *event.durable->snapshot;
    seen.snapshot_lost = !told;
  }
  ObserveMonotonic(event, line, seen);
  ObserveLeader(event, line, seen);
  if (event.name == Name::kPersist) {
    ObserveDurable(event, line, seen);
    ObserveDisk(event, line, seen);
    if (seen.log_known) ObserveCommitted(event, line, seen);
  } else {
    seen.just_ready = event.name == Name::kReady;
  }
  if (event.name == Name::kApply) ObserveApply(event, line);
}

void Observer::ObserveMonotonic(const trace::Event& event, std::uint64_t line, Seen& seen) {
  // BecomeFollower is the first line that shows the loaded state.  The lines before it show zeros.
  if (!seen.up) {
    if (event.name != trace::EventName::kBecomeFollower) return;
    seen.up = true;
    seen.term = 0;
    seen.commit = 0;
  }
  if (!event.state) return;
  if (event.state->term) {
    const std::uint64_t term = *event.state->term;
    if (term < seen.term) {
      Violated(line, "TermMonotonic",
               ServerName(event.node) + " went from term " + std::to_string(seen.term) +
                   " to term " + std::to_string(term) + " without a restart");
    }
    seen.term = term;
  }
  if (event.state->commit) {
    const std::uint64_t commit = *event.state->commit;
    most_committed_ = std::max(most_committed_, commit);
    if (commit < seen.commit) {
      Violated(line, "CommitMonotonic",
               ServerName(event.node) + " lowered its commit index from " +
                   std::to_string(seen.commit) + " to " + std::to_string(commit));
    }
    if (event.log && commit > *event.log) {
      Violated(line, "CommitWithinLog",
               ServerName(event.node) + " has commit index " + std::to_string(commit) +
                   ", its log ends at " + std::to_string(*event.log));
    }
    seen.commit = commit;
  }
}

void Observer::ObserveLeader(const trace::Event& event, std::uint64_t line, Seen& seen) {
  using Name = trace::EventName;
  const bool told = event.state && event.state->term;
  const bool is_leader = event.role && *event.role == trace::Role::kLeader;
  if (event.name == Name::kBecomeFollower || event.name == Name::kBecomePreCandidate ||
      event.name == Name::kBecomeCandidate || (event.role && !is_leader) ||
      (told && *event.state->term != seen.leads)) {
    seen.leads = 0;
  }
  const bool shown = told && (event.name == Name::kBecomeLeader || is_leader);
  if (shown && seen.leads == 0) {
    seen.leads = *event.state->term;
    const auto [leader, first] = leaders_.emplace(seen.leads, event.node);
    if (!first && leader->second != event.node) {
      Violated(line, "ElectionSafety",
               "term " + std::to_string(seen.leads) + " has two leaders: " +
                   ServerName(leader->second) + " and " + ServerName(event.node));
    }
    CheckLeader(event.node, seen, line);
    seen.last = 0;
  }
  if (seen.leads == 0 || !event.log) return;
  if (*event.log < seen.last) {
    Violated(line, "LeaderAppendOnly",
             ServerName(event.node) + " leads term " + std::to_string(seen.leads) +
                 ", and its log went from index " + std::to_string(seen.last) + " to index " +
                 std::to_string(*event.log));
  }
  seen.last = *event.log;
}

// The log of a leader must have every entry that was committed in an older term.  It had these when
// it was elected, and it had written them.
void Observer::CheckLeader(trace::NodeId server, const Seen& seen, std::uint64_t line) {
  if (!seen.log_known) return;
  const auto run = std::find_if(committed_at_.rbegin(), committed_at_.rend(),
                                [&](const auto& r) { return r.second < seen.leads; });
  if (run == committed_at_.rend()) return;
  const spec::LogId committed = tree_.Prefix(committed_, run->first);
  if (tree_.IsPrefix(committed, seen.log)) return;
  const spec::Index kept = tree_.Length(tree_.CommonPrefix(committed, seen.log));
  Violated(line, "LeaderCompleteness",
           ServerName(server) + " leads term " + std::to_string(seen.leads) +
               " without an entry that was committed before: " +
               EntryText(tree_, tree_.Prefix(committed, kept + 1)));
}

bool Observer::Write(spec::LogId& log, std::uint64_t first,
                     const std::vector<trace::Entry>& entries) {
  log = tree_.Prefix(log, first - 1);
  for (const trace::Entry& entry : entries) {
    if (!entry.term) return false;
    log = tree_.AppendShown(log, *entry.term, entry.digest);
  }
  return true;
}

// What a line leaves out makes the log unknown: whatever a wrong log seems to break is not broken.
void Observer::ObserveDisk(const trace::Event& event, std::uint64_t line, Seen& seen) {
  const bool crash = event.name == trace::EventName::kCrash;
  if (crash) seen.log = seen.durable;
  seen.log_known = false;
  if (!event.ents || !event.index || !event.durable || !event.durable->log ||
      !event.durable->log_term || (snapshots_ && !event.durable->snapshot)) {
    seen.log_lost = true;
    return;
  }
  ObserveSnapshot(event, seen);
  if (seen.log_lost) return;
  const std::uint64_t first = *event.index;
  if (!event.ents->empty()) {
    seen.log_lost =
        first == 0 || first - 1 > tree_.Length(seen.log) || !Write(seen.log, first, *event.ents);
    if (seen.log_lost) return;
  }
  seen.log_known = true;
  const bool synced = event.durable->log == tree_.Length(seen.log) &&
                      event.durable->log_term == tree_.LastTerm(seen.log);
  if (crash || synced) seen.durable = seen.log;
  if (tree_.conflict()) {
    const auto [a, b] = *tree_.conflict();
    Violated(line, "LogMatching",
             "two logs agree on an index and a term, and differ there or before: " +
                 EntryText(tree_, a) + " and " + EntryText(tree_, b) + ", the latter on " +
                 ServerName(event.node));
  }
}

void Observer::ObserveCommitted(const trace::Event& event, std::uint64_t line, const Seen& seen) {
  // If a write may come later than its Ready, the state of this line can be newer than the write.
  const bool same_state = writes_at_once_ && seen.just_ready;
  if (!same_state && !event.durable->commit) return;
  const spec::Index told = same_state ? seen.commit : *event.durable->commit;
  const spec::Index commit = std::min(told, tree_.Length(seen.log));
  const spec::Index known = tree_.Length(committed_);
  const spec::LogId mine = tree_.Prefix(seen.log, std::min(commit, known));
  const spec::LogId theirs = tree_.Prefix(committed_, std::min(commit, known));
  if (mine != theirs) {
    const spec::Index index = tree_.Length(tree_.CommonPrefix(mine, theirs)) + 1;
    Violated(line, "StateMachineSafety",
             ServerName(event.node) + " has committed " +
                 EntryText(tree_, tree_.Prefix(mine, index)) + "; committed before was " +
                 EntryText(tree_, tree_.Prefix(theirs, index)));
    return;
  }
  if (commit <= known) return;
  committed_ = tree_.Prefix(seen.log, commit);
  committed_at_.emplace_back(commit, seen.term);
  for (const auto& [server, other] : servers_) {
    if (other.leads != 0) CheckLeader(server, other, line);
  }
}

// What is durable survives the crash, too.
void Observer::ObserveDurable(const trace::Event& event, std::uint64_t line, Seen& seen) {
  if (!event.durable) return;
  const auto fell = [&](const trace::Field<std::uint64_t>& now, std::uint64_t& before,
                        const char* property, const char* what) {
    if (!now) return;
    if (*now < before) {
      Violated(line, property,
               "the durable " + std::string(what) + " of " + ServerName(event.node) +
                   " went from " + std::to_string(before) + " to " + std::to_string(*now));
    }
    before = *now;
  };
  fell(event.durable->term, seen.disk_term, "TermMonotonic", "term");
  fell(event.durable->commit, seen.disk_commit, "CommitMonotonic", "commit index");
}

void Observer::ObserveSnapshot(const trace::Event& event, Seen& seen) {
  const std::uint64_t snapshot = event.durable->snapshot.value_or(seen.snapshot);
  if (snapshot == seen.snapshot) return;
  seen.snapshot = snapshot;
  if (std::exchange(seen.snapshot_lost, false)) {  // the server may have made it itself
    seen.log_lost = true;
    return;
  }
  seen.log_lost = snapshot > tree_.Length(committed_);
  if (!seen.log_lost) seen.log = tree_.Prefix(committed_, snapshot);
}

// A read returns what any server knew to be committed when the read was asked for
// (dissertation 6.4).
void Observer::ObserveRead(const trace::Event& event, std::uint64_t line, const Seen& seen) {
  if (!event.read) return;
  if (event.name == trace::EventName::kReadIndex) {
    reads_.emplace(*event.read, clock_ ? most_committed_ : seen.commit);
    return;
  }
  const auto asked = reads_.find(*event.read);
  if (asked == reads_.end() || !event.index || *event.index >= asked->second) return;
  Violated(line, "ReadsSeeCommitted",
           "read " + std::to_string(*event.read) + " was answered with index " +
               std::to_string(*event.index) + " by " + ServerName(event.node) + "; " +
               std::to_string(asked->second) + " was committed when it was asked for");
}

void Observer::ObserveApply(const trace::Event& event, std::uint64_t line) {
  if (!event.index || !event.entry || *event.index == 0) return;
  const std::uint64_t index = *event.index;
  if (index == applied_.size() + 1) {
    applied_.push_back({*event.entry, event.node, event.result});
    return;
  }
  if (index > applied_.size()) return;
  Applied& first = applied_[index - 1];
  const auto differ = [](const auto& a, const auto& b) { return a && b && *a != *b; };
  if (!differ(first.entry.term, event.entry->term) &&
      !differ(first.entry.digest, event.entry->digest)) {
    if (differ(first.result, event.result)) {
      Violated(line, "StateMachineSafety",
               "after index " + std::to_string(index) + " the state of " + ServerName(event.node) +
                   " is " + std::to_string(*event.result) + ", that of " +
                   ServerName(first.server) + " was " + std::to_string(*first.result));
    }
    // What a later line tells counts from now on.
    if (!first.entry.term) first.entry.term = event.entry->term;
    if (!first.entry.digest) first.entry.digest = event.entry->digest;
    if (!first.result) first.result = event.result;
    return;
  }
  const auto text = [](const trace::Entry& entry) {
    const auto number = [](const trace::Field<std::uint64_t>& n) {
      return n ? std::to_string(*n) : "unknown";
    };
    return "term " + number(entry.term) + " digest " + number(entry.digest);
  };
  Violated(line, "StateMachineSafety",
           "index " + std::to_string(index) + ": " + ServerName(event.node) + " applied " +
               text(*event.entry) + ", " + ServerName(first.server) + " applied " +
               text(first.entry));
}

}  // namespace conformance
