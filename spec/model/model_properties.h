// The invariants and the step properties of a bounded model, and the goals.  TLA+ module:
// RaftProperties; the names and the order are the same.  raft_properties.h has the same properties
// for traces, where only what a step can have broken is checked.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "spec/model/raft_next.h"

namespace spec {

// A state of a model, with what is needed to read it.
template <int kServersOfModel>
struct ModelView {
  using Types = ModelTypes<kServersOfModel>;
  using State = Variables<ModelNetwork<Types>>;
  using Set = typename Types::Set;

  const State& now;
  const PackedLogs& logs;
  const Constants& constants;
  Set looked_at;  // the servers that All visits

  Server Servers() const { return static_cast<Server>(constants.servers); }
  const auto& At(Server i) const { return now.state[i]; }
  Index Committed() const { return PackedLogs::Length(now.history.committed); }
  // Does this log hold the entry that was committed at index k?
  bool Holds(LogId log, Index k) const {
    return PackedLogs::EntryAt(log, k) == PackedLogs::EntryAt(now.history.committed, k);
  }
  // Does `holds` return true for every server in looked_at?
  template <class F>
  bool All(F holds) const {
    return looked_at.All([&](Server i) { return holds(i, now.state[i]); });
  }
};

template <class View>
bool TypeOK(const View& view) {
  return view.All([&](Server i, const auto& s) {
    const bool asks = s.state == Role::kPreCandidate || s.state == Role::kCandidate;
    const auto zero = [](const auto& match) { return match == 0; };
    return s.votes_granted.IsSubsetOf(s.votes_responded) && (asks || s.votes_responded.Empty()) &&
           (s.state == Role::kLeader ||
            std::all_of(s.match_index.begin(), s.match_index.end(), zero)) &&
           (s.state != Role::kLeader || s.leader_id == i) &&
           (!s.forced || s.state == Role::kCandidate) &&
           (s.config.learners & s.config.Voters()).Empty() &&
           s.conf_index <= view.logs.Length(s.log) && s.log_start <= view.logs.Length(s.log) &&
           s.pending_snapshot <= s.commit_index && s.durable.term <= s.current_term &&
           s.durable.log_start <= s.durable.snapshot &&
           s.durable.snapshot <= view.logs.Length(s.durable.log);
  });
}

template <class View>
bool ElectionSafety(const View& view) {
  const auto& elections = view.now.history.elections;
  return std::all_of(elections.begin(), elections.end(), [](auto set) { return set.Size() <= 1; });
}

template <class View>
bool LogMatching(const View& view) {
  return view.All([&](Server i, const auto& s) {
    for (Server j = 0; j < view.Servers(); ++j) {
      if (j == i) continue;
      const LogId a = s.log;
      const LogId b = view.At(j).log;
      const Index same = PackedLogs::Length(PackedLogs::CommonPrefix(a, b));
      const Index shorter = std::min(PackedLogs::Length(a), PackedLogs::Length(b));
      for (Index k = same + 1; k <= shorter; ++k) {
        if (PackedLogs::TermAt(a, k) == PackedLogs::TermAt(b, k)) return false;
      }
    }
    return true;
  });
}

template <class View>
bool LeaderCompleteness(const View& view) {
  return view.All([&](Server /*i*/, const auto& s) {
    if (s.state != Role::kLeader) return true;
    for (Index k = 1; k <= view.Committed(); ++k) {
      if (view.now.history.at[k - 1] < s.current_term && !view.Holds(s.log, k)) return false;
    }
    return true;
  });
}

template <class View>
bool StateMachineSafety(const View& view) {
  return view.All([&](Server /*i*/, const auto& s) {
    const Index commit = s.commit_index;
    return commit <= std::min(view.Committed(), PackedLogs::Length(s.log)) &&
           PackedLogs::Prefix(s.log, commit) ==
               PackedLogs::Prefix(view.now.history.committed, commit);
  });
}

template <class View>
bool CommitWithinLog(const View& view) {
  return view.All(
      [](Server /*i*/, const auto& s) { return s.commit_index <= PackedLogs::Length(s.log); });
}

template <class View>
bool CommittedIsDurable(const View& view) {
  const auto& history = view.now.history;
  for (Index k = 1; k <= view.Committed(); ++k) {
    if (history.at[k - 1] == 0) continue;
    typename View::Set durable;
    for (Server i = 0; i < view.Servers(); ++i) {
      if (view.Holds(view.At(i).durable.log, k)) durable.Insert(i);
    }
    BasicConfig<typename View::Set> halves;
    halves.voters = history.voters[k - 1];
    halves.outgoing = history.outgoing[k - 1];
    if (!halves.IsQuorum(durable)) return false;
  }
  return true;
}

template <class View>
bool OneChangeAtATime(const View& view) {
  if (!view.constants.validates_changes) return true;
  return view.All([&](Server /*i*/, const auto& s) {
    int changes = 0;
    for (Index k = view.Committed() + 1; k <= PackedLogs::Length(s.log); ++k) {
      if (view.logs.IsChangeAt(s.log, k)) ++changes;
    }
    return changes <= 1;
  });
}

template <class View>
bool ReadsSeeCommitted(const View& view) {
  const auto& reads = view.now.history.reads;
  return std::all_of(reads.begin(), reads.end(),
                     [](const auto& read) { return !read.served || read.index >= read.known; });
}

// No message raises a term in which nobody stands.
template <class View>
bool NewestTermIsOpened(const View& view) {
  Term newest = 0;
  bool opened = true;  // term 0
  for (Server i = 0; i < view.Servers(); ++i) {
    const auto& s = view.At(i);
    if (s.current_term < newest) continue;
    opened = s.voted_for == i || (s.current_term == newest && opened);
    newest = s.current_term;
  }
  return opened;
}

// ---- Step properties.

template <class View>
bool TermMonotonic(const View& before, const View& after, const Move& move) {
  return after.All([&](Server i, const auto& s) {
    const auto& was = before.At(i);
    return s.durable.term >= was.durable.term &&
           (s.current_term >= was.current_term || move.action == Action::kRestart);
  });
}

template <class View>
bool CommitMonotonic(const View& before, const View& after, const Move& move) {
  return after.All([&](Server i, const auto& s) {
    const auto& was = before.At(i);
    return s.durable.commit >= was.durable.commit &&
           (s.commit_index >= was.commit_index || move.action == Action::kRestart);
  });
}

template <class View>
bool MatchMonotonic(const View& before, const View& after, const Move& /*move*/) {
  return after.All([&](Server i, const auto& s) {
    const auto& was = before.At(i);
    if (was.state != Role::kLeader || s.state != Role::kLeader) return true;
    if (was.current_term != s.current_term) return true;
    for (Server j = 0; j < after.Servers(); ++j) {
      if (s.config.Members().Contains(j) && s.match_index[j] < was.match_index[j]) return false;
    }
    return true;
  });
}

template <class View>
bool LeaderAppendOnly(const View& before, const View& after, const Move& /*move*/) {
  return after.All([&](Server i, const auto& s) {
    const auto& was = before.At(i);
    return was.state != Role::kLeader || s.state != Role::kLeader ||
           PackedLogs::IsPrefix(was.log, s.log);
  });
}

template <class View>
bool OpensTermAfterPreVote(const View& before, const View& after, const Move& /*move*/) {
  if (!after.constants.pre_vote || !after.constants.campaign_messages) return true;
  return after.All([&](Server i, const auto& s) {
    const auto& was = before.At(i);
    if (s.state != Role::kCandidate || s.forced || s.current_term <= was.current_term) return true;
    return was.state == Role::kPreCandidate && was.config.IsQuorum(was.votes_granted);
  });
}

template <class View>
bool AsksWhoHasWholeLog(const View& before, const View& after, const Move& /*move*/) {
  const auto slots = after.now.network.Slots();
  return std::all_of(slots.begin(), slots.end(), [&](const auto& slot) {
    const auto& m = slot.message;
    if (m.type != MessageType::kMsgTimeoutNow || slot.in_flight == 0) return true;
    if (before.now.network.InFlight(m) != 0) return true;
    const auto& asked = before.At(m.to);
    return asked.current_term > m.term ||
           PackedLogs::IsPrefix(before.At(m.from).log, asked.durable.log);
  });
}

// ---- Goals.  Each states that something never happens, and the search must refute it.

template <class View>
bool NeverElected(const View& view) {
  const auto& elections = view.now.history.elections;
  return std::all_of(elections.begin(), elections.end(), [](auto set) { return set.Empty(); });
}

template <class View>
bool NeverElectedInTerm3(const View& view) {
  const auto& elections = view.now.history.elections;
  return std::all_of(elections.begin() + 3, elections.end(), [](auto set) { return set.Empty(); });
}

template <class View>
bool NeverTwoLeaders(const View& view) {
  int leaders = 0;
  return view.All([&](Server /*i*/, const auto& s) {
    if (s.state == Role::kLeader) ++leaders;
    return leaders <= 1;
  });
}

template <class View>
bool NeverCommitted(const View& view) {
  return view.Committed() == 0;
}

template <class View>
bool NeverCommittedByAll(const View& view) {
  return view.Committed() == 0 ||
         !view.All([](Server /*i*/, const auto& s) { return s.commit_index != 0; });
}

template <class View>
bool NeverTruncated(const View& view) {
  return view.All([](Server /*i*/, const auto& s) {
    const LogId a = s.log;
    const LogId b = s.durable.log;
    return PackedLogs::Length(PackedLogs::CommonPrefix(a, b)) ==
           std::min(PackedLogs::Length(a), PackedLogs::Length(b));
  });
}

template <class View>
bool NeverLosesEntries(const View& before, const View& after, const Move& move) {
  return after.All([&](Server i, const auto& s) {
    return move.action != Action::kRestart || move.i != i ||
           PackedLogs::Length(s.log) >= PackedLogs::Length(before.At(i).log);
  });
}

template <class View>
bool NeverTornWrite(const View& view) {
  return view.All(
      [](Server /*i*/, const auto& s) { return PackedLogs::LastTerm(s.log) <= s.current_term; });
}

template <class View>
bool NeverDuplicated(const View& view) {
  const auto slots = view.now.network.Slots();
  return std::all_of(slots.begin(), slots.end(),
                     [](const auto& slot) { return slot.in_flight <= 1; });
}

template <class View>
bool NeverPreVoteWon(const View& view) {
  return view.All([&](Server /*i*/, const auto& s) {
    return s.state != Role::kCandidate || !view.constants.pre_vote || s.forced;
  });
}

template <class View>
bool NeverDeposed(const View& view) {
  return view.All([&](Server i, const auto& s) {
    return !view.now.history.elections[s.current_term].Contains(i) || s.state != Role::kFollower;
  });
}

template <class View>
bool NeverTransferred(const View& view) {
  return view.All(
      [](Server /*i*/, const auto& s) { return !s.forced || !s.config.IsQuorum(s.votes_granted); });
}

template <class View>
bool NeverSnapshotInstalled(const View& view) {
  return view.All([](Server /*i*/, const auto& s) { return s.pending_snapshot == 0; });
}

template <class View>
bool NeverSnapshotStored(const View& view) {
  const auto& elections = view.now.history.elections;
  return view.All([&](Server i, const auto& s) {
    return s.durable.snapshot == 0 || s.state != Role::kFollower ||
           std::any_of(elections.begin(), elections.end(),
                       [i](auto set) { return set.Contains(i); });
  });
}

template <class View>
bool NeverJoined(const View& view) {
  const typename View::Set initial(view.constants.initial.voters);
  return view.All(
      [&](Server /*i*/, const auto& s) { return s.config.Members().IsSubsetOf(initial); });
}

template <class View>
bool NeverLearner(const View& view) {
  return view.All([](Server /*i*/, const auto& s) { return s.config.learners.Empty(); });
}

template <class View>
bool NeverRemoved(const View& view) {
  const typename View::Set initial(view.constants.initial.voters);
  return view.All(
      [&](Server /*i*/, const auto& s) { return initial.IsSubsetOf(s.config.Members()); });
}

template <class View>
bool NeverJoint(const View& view) {
  return view.All([](Server /*i*/, const auto& s) { return !s.config.IsJoint(); });
}

template <class View>
bool NeverJointLeft(const View& view) {
  return view.All([&](Server /*i*/, const auto& s) {
    if (s.config.IsJoint()) return true;
    for (Index k = 1; k <= s.conf_index; ++k) {
      const LogId log = PackedLogs::Prefix(s.log, k);
      if (view.logs.IsChangeAt(log, k) && view.logs.Change(log).changes == 0) return false;
    }
    return true;
  });
}

template <class View>
bool NeverReadServed(const View& view) {
  const auto& reads = view.now.history.reads;
  return std::none_of(reads.begin(), reads.end(), [](const auto& read) { return read.served; });
}

// ---- The lists; a .cfg refers to a property by its name here.

// What a property reads.  A step that changes nothing of this cannot break it.
enum class Of : std::uint8_t {
  kHistory,
  kEachServer,  // each server, with the others and the history; All visits the changed ones
  kServers,     // all servers and the history
  kMessages,    // the messages, too
};
template <class View>
struct StateProperty {
  std::string_view name;
  bool (*holds)(const View&);
  Of of = Of::kServers;
};
template <class View>
struct StepProperty {
  std::string_view name;
  bool (*holds)(const View& before, const View& after, const Move&);
  Of of = Of::kEachServer;
};

template <class View>
inline constexpr std::array kStateProperties = {
    StateProperty<View>{"TypeOK", &TypeOK<View>, Of::kEachServer},
    StateProperty<View>{"ElectionSafety", &ElectionSafety<View>, Of::kHistory},
    StateProperty<View>{"LogMatching", &LogMatching<View>, Of::kEachServer},
    StateProperty<View>{"LeaderCompleteness", &LeaderCompleteness<View>, Of::kEachServer},
    StateProperty<View>{"StateMachineSafety", &StateMachineSafety<View>, Of::kEachServer},
    StateProperty<View>{"CommitWithinLog", &CommitWithinLog<View>, Of::kEachServer},
    StateProperty<View>{"CommittedIsDurable", &CommittedIsDurable<View>},
    StateProperty<View>{"OneChangeAtATime", &OneChangeAtATime<View>, Of::kEachServer},
    StateProperty<View>{"ReadsSeeCommitted", &ReadsSeeCommitted<View>, Of::kHistory},
    StateProperty<View>{"NewestTermIsOpened", &NewestTermIsOpened<View>},
    StateProperty<View>{"NeverElected", &NeverElected<View>, Of::kHistory},
    StateProperty<View>{"NeverElectedInTerm3", &NeverElectedInTerm3<View>, Of::kHistory},
    StateProperty<View>{"NeverTwoLeaders", &NeverTwoLeaders<View>},
    StateProperty<View>{"NeverCommitted", &NeverCommitted<View>, Of::kHistory},
    StateProperty<View>{"NeverCommittedByAll", &NeverCommittedByAll<View>},
    StateProperty<View>{"NeverTruncated", &NeverTruncated<View>},
    StateProperty<View>{"NeverTornWrite", &NeverTornWrite<View>},
    StateProperty<View>{"NeverDuplicated", &NeverDuplicated<View>, Of::kMessages},
    StateProperty<View>{"NeverPreVoteWon", &NeverPreVoteWon<View>},
    StateProperty<View>{"NeverDeposed", &NeverDeposed<View>},
    StateProperty<View>{"NeverTransferred", &NeverTransferred<View>},
    StateProperty<View>{"NeverSnapshotInstalled", &NeverSnapshotInstalled<View>},
    StateProperty<View>{"NeverSnapshotStored", &NeverSnapshotStored<View>},
    StateProperty<View>{"NeverJoined", &NeverJoined<View>},
    StateProperty<View>{"NeverLearner", &NeverLearner<View>},
    StateProperty<View>{"NeverRemoved", &NeverRemoved<View>},
    StateProperty<View>{"NeverJoint", &NeverJoint<View>},
    StateProperty<View>{"NeverJointLeft", &NeverJointLeft<View>},
    StateProperty<View>{"NeverReadServed", &NeverReadServed<View>, Of::kHistory},
};

template <class View>
inline constexpr std::array kStepProperties = {
    StepProperty<View>{"TermMonotonic", &TermMonotonic<View>},
    StepProperty<View>{"CommitMonotonic", &CommitMonotonic<View>},
    StepProperty<View>{"MatchMonotonic", &MatchMonotonic<View>},
    StepProperty<View>{"LeaderAppendOnly", &LeaderAppendOnly<View>},
    StepProperty<View>{"OpensTermAfterPreVote", &OpensTermAfterPreVote<View>},
    StepProperty<View>{"AsksWhoHasWholeLog", &AsksWhoHasWholeLog<View>, Of::kMessages},
    StepProperty<View>{"NeverLosesEntries", &NeverLosesEntries<View>},
};

}  // namespace spec
