// The definitions of raft_next.h, for mc_raft_inl.h.  Every action is inlined at each place that
// takes steps, so a file that includes this takes long to compile.
#pragma once

#include <algorithm>

#include "spec/model/raft_next.h"
#include "spec/raft.h"

namespace spec {

template <int kServersOfModel>
typename RaftNext<kServersOfModel>::State RaftNext<kServersOfModel>::Initial() {
  Load(State{});
  for (Server i = 0; i < Servers(); ++i) InitServer(raft_, i, kEmptyLog, 0);
  return raft_;
}

// Would a write change what is durable?
template <int kServersOfModel>
bool RaftNext<kServersOfModel>::HasToPersist(const State& before, Server i, Index commit) {
  const auto& s = before.state[i];
  const Durable& disk = s.durable;
  if (disk.log != s.log || disk.term != s.current_term || disk.vote != s.voted_for ||
      disk.commit != commit || s.pending_snapshot != 0) {
    return true;
  }
  for (const auto& slot : before.network.Slots()) {
    if (slot.message.from == i && slot.queued != 0) return true;
  }
  return false;
}

template <int kServersOfModel>
typename RaftNext<kServersOfModel>::Disks RaftNext<kServersOfModel>::DisksAfterCrash(
    const State& before, Server i) const {
  const auto& s = before.state[i];
  const PackedLogs& logs = *raft_.tree;
  Disks all;
  all.Add(s.durable);
  Durable disk = s.durable;
  Index first = logs.Length(logs.CommonPrefix(s.log, s.durable.log)) + 1;
  if (s.pending_snapshot != 0) {
    disk.snapshot = s.pending_snapshot;
    disk.log_start = s.pending_snapshot;
    first = s.pending_snapshot;
  }
  for (Index n = first; n <= logs.Length(s.log); ++n) {
    disk.log = logs.Prefix(s.log, n);
    all.Add(disk);
  }
  disk.term = s.current_term;
  disk.vote = s.voted_for;
  disk.log = s.log;
  all.Add(disk);
  return all;
}

template <int kServersOfModel>
[[gnu::always_inline]] inline bool RaftNext<kServersOfModel>::TryReceive(
    const Move& move, const typename Raft<Network>::Message& m) {
  switch (move.action) {
    case Action::kUpdateTerm:
      return UpdateTerm(raft_, m.to, m.from, m).taken();
    case Action::kIgnoreVoteRequest:
      return IgnoreVoteRequest(raft_, m.to, m.from, m).taken();
    case Action::kDropStale:
      return DropStale(raft_, m.to, m.from, m).taken();
    case Action::kRespondToOlderTerm:
      return RespondToOlderTerm(raft_, m.to, m.from, m).taken();
    case Action::kReturnToFollower:
      return ReturnToFollower(raft_, m.to, m.from, m).taken();
    case Action::kHandle:
      return Handle(raft_, m).taken();
    case Action::kDropMessage:
      return DropMessage(raft_, m).taken();
    case Action::kDuplicateMessage:
      return DuplicateMessage(raft_, m).taken();
    default:
      return false;
  }
}

template <int kServersOfModel>
bool RaftNext<kServersOfModel>::TryRestart(Server i, Durable disk, Index commit) {
  disk.commit = commit;
  static_cast<void>(HandOver(raft_, i));
  if (Restart(raft_, i, disk).taken()) return true;
  raft_.network.AbandonWrite();
  return false;
}

template <int kServersOfModel>
[[gnu::always_inline]] inline bool RaftNext<kServersOfModel>::Try(const State& before,
                                                                  const Move& move) {
  const Server i = move.i;
  switch (move.action) {
    case Action::kTimeout:
      return Timeout(raft_, i).taken();
    case Action::kRequestVote:
      return RequestVote(raft_, i, move.j).taken();
    case Action::kBecomeLeader:
      return BecomeLeader(raft_, i).taken();
    case Action::kStepDown:
      return StepDown(raft_, i).taken();
    case Action::kClientRequest:  // a: the value
      return ClientRequest(raft_, i, move.a).taken();
    case Action::kAppendEntriesToSelf:
      return AppendEntriesToSelf(raft_, i).taken();
    case Action::kAppendEntries:  // a: prev, b: n
      return AppendEntries(raft_, i, move.j, move.a, move.b).taken();
    case Action::kHeartbeat:  // a: the read that it confirms; 0: none
      return Heartbeat(raft_, i, move.j, move.a).taken();
    case Action::kAdvanceCommitIndex:
      return AdvanceCommitIndex(raft_, i).taken() &&
             raft_.state[i].commit_index != before.state[i].commit_index;
    case Action::kPersist:  // a: the commit index to write
      if (!HasToPersist(before, i, move.a)) return false;
      static_cast<void>(HandOver(raft_, i));
      return Persist(raft_, i, move.a).taken();
    case Action::kRestart:  // a: index of the disk, b: its commit index
      return TryRestart(i, DisksAfterCrash(before, i).disks[move.a], move.b);
    case Action::kBecomePreCandidate:
      return BecomePreCandidate(raft_, i).taken();
    case Action::kRequestPreVote:
      return RequestPreVote(raft_, i, move.j).taken();
    case Action::kForgetLeader:
      return ForgetLeader(raft_, i).taken();
    case Action::kChangeConf:  // a: index of the change
      return ChangeConf(raft_, i, raft_.tree->changes()[move.a], 0).taken();
    case Action::kApplyConfChange:
      return ApplyConfChange(raft_, i).taken();
    case Action::kRecoverCommitIndex:
      return RecoverCommitIndex(raft_, i).taken();
    case Action::kCompact:  // a: the index
      return Compact(raft_, i, move.a, move.a).taken();
    case Action::kSendSnapshot:  // a: the index
      return SendSnapshot(raft_, i, move.j, move.a).taken();
    case Action::kSendTimeoutNow:
      return SendTimeoutNow(raft_, i, move.j).taken();
    case Action::kReadIndex:  // a: the read
      return ReadIndex(raft_, i, move.a).taken();
    case Action::kTakeRead:
      return TakeRead(raft_, i, move.a).taken();
    case Action::kServeRead:
      return ServeRead(raft_, i, move.a).taken();
    default: {  // a: slot of the message
      const typename Raft<Network>::Message m = before.network.Slots()[move.a].message;
      return TryReceive(move, m);
    }
  }
}

template <int kServersOfModel>
const typename RaftNext<kServersOfModel>::State& RaftNext<kServersOfModel>::Take(
    const State& before, const Move& move) {
  Load(before);
  static_cast<void>(Try(before, move));
  return raft_;
}

template <int kServersOfModel>
template <class F>
void RaftNext<kServersOfModel>::ForEachMessageStep(const State& before, F step) {
  const auto slots = before.network.Slots();
  const auto in_flight = static_cast<std::uint8_t>(slots.size());
  for (std::uint8_t k = 0; k < in_flight; ++k) {
    if (slots[k].in_flight == 0) continue;
    const auto& m = slots[k].message;
    const Term term = before.state[m.to].current_term;
    const auto receive = [&](Action action) __attribute__((always_inline)) {
      step(Move{action, m.to, m.from, k, 0});
    };
    if (m.term > term) {
      receive(Action::kUpdateTerm);
      receive(Action::kIgnoreVoteRequest);
    } else if (m.term < term) {
      receive(Action::kDropStale);
      receive(Action::kRespondToOlderTerm);
    } else {
      receive(Action::kReturnToFollower);
    }
    receive(Action::kHandle);
  }
  if (next_.calm) return;
  for (const Action action : {Action::kDropMessage, Action::kDuplicateMessage}) {
    for (std::uint8_t k = 0; k < in_flight; ++k) {
      const auto& m = slots[k].message;
      if (slots[k].in_flight != 0) step(Move{action, m.to, m.from, k, 0});
    }
  }
}

template <int kServersOfModel>
template <class F>
void RaftNext<kServersOfModel>::ForEachExtensionStep(const State& before, F step) {
  const Server n = Servers();
  const auto reads = static_cast<std::uint8_t>(next_.reads);
  const Constants& constants = raft_.constants;
  for (Server i = 0; i < n; ++i) {
    const auto& s = before.state[i];
    if (constants.pre_vote) {
      step(Move{Action::kBecomePreCandidate, i, 0, 0, 0});
      if (constants.campaign_messages && s.state == Role::kPreCandidate) {
        for (Server j = 0; j < n; ++j) step(Move{Action::kRequestPreVote, i, j, 0, 0});
      }
    }
    if (constants.check_quorum && s.leader_id != kNil) {
      step(Move{Action::kForgetLeader, i, 0, 0, 0});
    }
    const auto& changes = raft_.tree->changes();
    if (!changes.empty()) {
      if (s.state == Role::kLeader) {
        ForEachChange(next_, Config(s.config), [&](const ConfChange& change) {
          std::uint8_t a = 0;
          while (!(changes[a] == change)) ++a;
          step(Move{Action::kChangeConf, i, 0, a, 0});
        });
      }
      step(Move{Action::kApplyConfChange, i, 0, 0, 0});
      step(Move{Action::kRecoverCommitIndex, i, 0, 0, 0});
    }
    if (next_.snapshots) {
      const auto last = static_cast<std::uint8_t>(s.commit_index);
      for (auto a = static_cast<std::uint8_t>(s.durable.snapshot + 1); a <= last; ++a) {
        step(Move{Action::kCompact, i, 0, a, 0});
      }
      if (s.state == Role::kLeader) {
        for (Server j = 0; j < n; ++j) {
          const auto first = static_cast<std::uint8_t>(std::max<Index>(s.log_start, 1));
          for (std::uint8_t a = first; a <= last; ++a) {
            step(Move{Action::kSendSnapshot, i, j, a, 0});
          }
        }
      }
    }
    if (next_.transfer && s.state == Role::kLeader) {
      for (Server j = 0; j < n; ++j) step(Move{Action::kSendTimeoutNow, i, j, 0, 0});
    }
    for (std::uint8_t read = 1; read <= reads; ++read) {
      step(Move{Action::kReadIndex, i, 0, read, 0});
      if (s.state != Role::kLeader) continue;
      step(Move{Action::kTakeRead, i, 0, read, 0});
      step(Move{Action::kServeRead, i, 0, read, 0});
    }
  }
}

template <int kServersOfModel>
template <class F>
void RaftNext<kServersOfModel>::ForEachStep(const State& before, F f) {
  Load(before);
  // Always inlined, so that each call is compiled for its own action.
  const auto step = [&](const Move& move) __attribute__((always_inline)) {
    if (!Try(before, move)) return;
    f(move, static_cast<const State&>(raft_));
    Load(before);
  };
  const Server n = Servers();
  const auto reads = static_cast<std::uint8_t>(next_.reads);
  const auto values = static_cast<std::uint8_t>(next_.values);
  for (Server i = 0; i < n; ++i) {
    const auto& s = before.state[i];
    step(Move{Action::kTimeout, i, 0, 0, 0});
    if (s.state == Role::kCandidate) {
      for (Server j = 0; j < n; ++j) step(Move{Action::kRequestVote, i, j, 0, 0});
      step(Move{Action::kBecomeLeader, i, 0, 0, 0});
    }
    if (s.state != Role::kFollower && !next_.calm) step(Move{Action::kStepDown, i, 0, 0, 0});
    if (s.state == Role::kLeader) {
      for (std::uint8_t v = 1; v <= values; ++v) {
        step(Move{Action::kClientRequest, i, 0, v, 0});
      }
      step(Move{Action::kAppendEntriesToSelf, i, 0, 0, 0});
      const Index last = raft_.tree->Length(s.log);
      for (Server j = 0; j < n; ++j) {
        const Index first = s.match_index[j];
        for (Index prev = first; prev <= (next_.calm ? first : last); ++prev) {
          for (Index count = 0; count <= last - prev; ++count) {
            step(Move{Action::kAppendEntries, i, j, static_cast<std::uint8_t>(prev),
                      static_cast<std::uint8_t>(count)});
          }
        }
        if (!next_.calm) step(Move{Action::kHeartbeat, i, j, 0, 0});
        for (std::uint8_t read = 1; read <= reads; ++read) {
          if (!IsContext(raft_, i, read)) continue;
          step(Move{Action::kHeartbeat, i, j, read, 0});
        }
      }
      step(Move{Action::kAdvanceCommitIndex, i, 0, 0, 0});
    }
    step(Move{Action::kPersist, i, 0, static_cast<std::uint8_t>(s.commit_index), 0});
    if (!next_.crashes) continue;
    if (!next_.calm && s.durable.commit != s.commit_index) {
      step(Move{Action::kPersist, i, 0, static_cast<std::uint8_t>(s.durable.commit), 0});
    }
    const Disks disks = DisksAfterCrash(before, i);
    for (std::uint8_t a = 0; a < disks.count; ++a) {
      const Index highest = std::min<Index>(s.commit_index, PackedLogs::Length(disks.disks[a].log));
      for (Index commit = s.durable.commit; commit <= highest; ++commit) {
        if (!TryRestart(i, disks.disks[a], commit)) continue;
        f(Move{Action::kRestart, i, 0, a, static_cast<std::uint8_t>(commit)},
          static_cast<const State&>(raft_));
        Load(before);
      }
    }
  }
  ForEachMessageStep(before, step);
  ForEachExtensionStep(before, step);
}

}  // namespace spec
