#include "conformance/playback/play.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/playback/loaded_node.h"
#include "raft/check.h"
#include "spec/explorer/walk.h"
#include "spec/model/model_text.h"

namespace playback {
namespace {

using spec::Action;
using spec::Move;
using spec::Server;
using Model = ModelOfPlay;
using State = Model::State;
using Worker = Model::Worker;

// What a server did: how it is now, and what it answered.
struct Outcome {
  VisibleState view;
  std::string answer;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

bool IsAnswer(raft::MessageType type) {
  return type == raft::MessageType::kVoteResp || type == raft::MessageType::kPreVoteResp ||
         type == raft::MessageType::kAppResp || type == raft::MessageType::kHeartbeatResp;
}

std::string AnswerText(const raft::Message& m) {
  return std::string(raft::kMessageTypeNames[static_cast<std::size_t>(m.type)]) + " term " +
         std::to_string(m.term.value()) + (m.reject ? " reject" : "") + " index " +
         std::to_string(m.index.value()) + " hint " + std::to_string(m.reject_hint.value());
}

class Player {
 public:
  Player(const Model& model, const std::function<bool(const Played&)>& stop)
      : model_(model), stop_(stop) {}

  Played Run() {
    spec::explorer::Walk(model_, [this](const State& state, Worker& worker) {
      played_.stopped = stop_(played_);
      if (played_.stopped) return false;
      worker_ = &worker;
      ++played_.states;
      Visit(state);
      return !played_.difference;
    });
    played_.situations = situations_.size();
    return std::move(played_);
  }

 private:
  using Steps = std::vector<std::pair<Move, State>>;

  Steps StepsFrom(const State& state) {
    Steps steps;
    worker_->ForEachStep(state, Model::StepVisitor([&](const Move& move, const State& after) {
                           steps.emplace_back(move, after);
                         }));
    return steps;
  }

  void Visit(const State& state) {
    const Steps steps = StepsFrom(state);
    for (const auto& [move, after] : steps) {
      ++played_.transitions;
      switch (move.action) {
        case Action::kPersist:
        case Action::kRestart:
        case Action::kDropMessage:
        case Action::kDuplicateMessage:
          ++played_.environment;
          break;
        case Action::kRequestVote:
        case Action::kRequestPreVote:
        case Action::kAppendEntries:
        case Action::kAppendEntriesToSelf:
        case Action::kHeartbeat:
        case Action::kSendTimeoutNow:
          ++played_.free_sends;
          break;
        case Action::kTimeout:
        case Action::kBecomePreCandidate:
        case Action::kClientRequest:
        case Action::kForgetLeader:
          Play(state, move, after);
          break;
        default:
          if (IsReceive(move.action) && move.i != move.j) {
            Play(state, move, after);
          } else {
            ++played_.inner;
          }
      }
      if (played_.difference) return;
    }
  }

  // What is the same for every situation of a server and its input: the rest of the state matters
  // to neither side.
  std::string KeyOf(const State& state, const Move& move) const {
    const auto& s = state.state[move.i];
    std::string key(reinterpret_cast<const char*>(&s), sizeof s);
    key += static_cast<char>(move.i);
    key += static_cast<char>(IsReceive(move.action) ? Action::kHandle : move.action);
    if (IsReceive(move.action)) {
      const auto& m = state.network.Slots()[move.a].message;
      key.append(reinterpret_cast<const char*>(&m), sizeof m);
    }
    return key;
  }

  void Play(const State& state, const Move& move, const State& after) {
    // A pre-candidate that has won goes on at once; who campaigns asks first.
    if (move.action == Action::kTimeout && model_.settings().constants.pre_vote) {
      ++played_.inner;
      return;
    }
    const std::string key = KeyOf(state, move);
    if (at_rest_.contains(key)) {
      ++played_.same;
      return;
    }
    if (not_at_rest_.contains(key)) {
      ++played_.not_at_rest;
      return;
    }
    auto loaded = LoadedNode::Load(model_, state, move.i);
    if (!loaded) {
      not_at_rest_.insert(key);
      ++played_.not_at_rest;
      return;
    }
    situations_.insert(key);
    at_rest_.insert(key);
    std::vector<Outcome> expected;
    if (IsReceive(move.action)) {
      Receive(state, state.network.Slots()[move.a].message, state, expected);
    } else {
      Settle(state, move.i, after, spec::kNil, expected);
    }
    const Outcome found = Input(*loaded, state, move);
    if (std::find(expected.begin(), expected.end(), found) != expected.end()) {
      ++played_.same;
      return;
    }
    Played::Difference difference;
    difference.state = Describe(ViewOf(model_, state, move.i));
    difference.input = spec::MoveText(model_, state, move);
    difference.library = Describe(found.view) + "; " + found.answer;
    for (const Outcome& outcome : expected) {
      difference.model += (difference.model.empty() ? "" : "\n           or ") +
                          Describe(outcome.view) + "; " + outcome.answer;
    }
    played_.difference = difference;
  }

  Outcome Input(LoadedNode& loaded, const State& state, const Move& move) {
    std::uint64_t to = 0;
    if (IsReceive(move.action)) {
      const auto& m = state.network.Slots()[move.a].message;
      to = std::uint64_t{m.from} + 1;
      loaded.node().Step(ToRaft(m));
    } else if (move.action == Action::kClientRequest) {
      loaded.node().Propose(raft::Payload("v"));
    } else if (move.action == Action::kForgetLeader) {
      loaded.node().ForgetLeader();
    } else {
      loaded.node().Campaign();
    }
    loaded.Finish();
    Outcome outcome{loaded.View(), "no answer"};
    for (const raft::Message& m : loaded.sent()) {
      if (IsAnswer(m.type) && to != 0 && m.to.value() == to) outcome.answer = AnswerText(m);
    }
    return outcome;
  }

  // All that the model allows a server to do with a message: the term gate first, then the handler.
  void Receive(const State& from, const ModelMessage& m, const State& state,
               std::vector<Outcome>& outcomes) {
    for (const auto& [move, after] : StepsFrom(state)) {
      if (!IsReceive(move.action)) continue;
      const auto& candidate = state.network.Slots()[move.a].message;
      if (std::memcmp(&candidate, &m, sizeof m) != 0) continue;
      if (StaysInFlight(move.action)) {
        Receive(from, m, after, outcomes);
      } else {
        Settle(from, m.to, after, m.from, outcomes);
      }
    }
  }

  // What the library does at once after an input: who has won leads and opens its term with an
  // entry, who has lost follows, what a quorum has is committed.
  void Settle(const State& from, Server i, State state, Server asker,
              std::vector<Outcome>& outcomes) {
    for (bool again = true; again;) {
      again = false;
      for (const auto& [move, after] : StepsFrom(state)) {
        const bool won =
            move.action == Action::kBecomeLeader ||
            (move.action == Action::kTimeout && state.state[i].state == spec::Role::kPreCandidate);
        const bool lost =
            move.action == Action::kStepDown && state.state[i].state != spec::Role::kLeader;
        const bool commits = move.action == Action::kAdvanceCommitIndex;
        const bool opens =
            move.action == Action::kClientRequest && !HasEntryOfOwnTerm(state.state[i]);
        if (move.i != i || !(won || lost || commits || opens)) continue;
        state = after;
        again = true;
        break;
      }
    }
    outcomes.push_back({ViewOf(model_, state, i), AnswerOf(from, state, i, asker)});
  }
  template <class ServerState>
  static bool HasEntryOfOwnTerm(const ServerState& s) {
    return spec::PackedLogs::LastTerm(s.log) == s.current_term;
  }

  // The answer that is queued or in flight and was not before.
  static std::string AnswerOf(const State& from, const State& to, Server i, Server asker) {
    for (const auto& slot : to.network.Slots()) {
      const ModelMessage& m = slot.message;
      const bool is_new = to.network.Copies(m) > from.network.Copies(m);
      if (IsAnswer(ToRaft(m.type)) && m.from == i && m.to == asker && is_new) {
        return AnswerText(ToRaft(m));
      }
    }
    return "no answer";
  }

  const Model& model_;
  Worker* worker_ = nullptr;
  const std::function<bool(const Played&)>& stop_;
  Played played_;
  std::set<std::string> situations_;
  std::set<std::string> at_rest_;
  std::set<std::string> not_at_rest_;
};

}  // namespace

std::string CannotPlay(const spec::ModelSettings& settings) {
  const spec::Constants& constants = settings.constants;
  const auto all = spec::ServerSet::FirstN(constants.servers);
  if (constants.servers > spec::kSmallModel) return "it has more than 3 servers";
  if (!(constants.initial.voters == all)) return "not all of its servers vote";
  const spec::NextConstants& next = settings.next;
  if (!next.joiners.Empty() || !next.learners.Empty() || !next.leavers.Empty() ||
      !next.targets.empty()) {
    return "its membership changes";
  }
  if (next.snapshots || next.reads != 0) return "it has snapshots or reads";
  if (next.values != 1) return "it must have one value";
  if (!constants.answers_older_terms || !constants.votes_carry_commit) {
    return "raftcheck's own library has AnswersOlderTerms and VotesCarryCommit: they must be TRUE";
  }
  if (constants.pre_vote && !constants.campaign_messages) {
    return "with PreVote, CampaignMessages must be TRUE";
  }
  return "";
}

Played PlayOnLibrary(const spec::ModelSettings& settings,
                     const std::function<bool(const Played&)>& stop) {
  const Model model(settings);
  return Player(model, stop).Run();
}

}  // namespace playback
