#include "conformance/playback/behaviour_to_schedule.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "conformance/judge/compare.h"
#include "spec/model/exploration_visit.h"
#include "spec/model/model_text.h"
#include "tracegen/cluster/cluster.h"

namespace playback {
namespace {

using spec::Action;
using spec::Move;
using tracegen::Kind;

std::uint32_t NumberOf(spec::Server i) { return std::uint32_t{i} + 1; }

template <int n>
class Follower {
 public:
  using Model = spec::McRaft<n>;
  using State = typename Model::State;
  using Message = typename Model::Next::Network::Message;

  Follower(const Model& model, const tracegen::Implementation& implementation)
      : model_(model), settings_(SettingsOf(model)), cluster_(settings_, nullptr, implementation) {
    followed_.schedule.settings = settings_;
  }

  BehaviourSchedule Run(const spec::Behaviour& behaviour) {
    auto worker = model_.MakeWorker();
    State state = model_.Initial()[behaviour.initial];
    for (std::size_t k = 0; k < behaviour.moves.size(); ++k) {
      const Move& move = behaviour.moves[k];
      const State after = worker.Take(state, move);
      if (std::string why = Go(state, move); !why.empty()) {
        followed_.lost_at = k + 1;
        followed_.why = spec::MoveText(model_, state, move) + ": " + why;
        break;
      }
      state = after;
    }
    // What is left to be written is.
    for (std::uint32_t server = 1; server <= settings_.servers; ++server) Process(server);
    return std::move(followed_);
  }

 private:
  static tracegen::Settings SettingsOf(const Model& model) {
    const spec::ModelSettings& from = model.settings();
    tracegen::Settings settings;
    settings.servers = static_cast<std::uint32_t>(from.constants.servers);
    settings.voters = static_cast<std::uint32_t>(from.constants.initial.voters.Size());
    settings.election_ticks = 10;
    settings.pre_vote = from.constants.pre_vote;
    settings.check_quorum = from.constants.check_quorum;
    return settings;
  }

  void Do(Kind kind, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
    const tracegen::Action action{kind, {a, b, c}};
    followed_.schedule.actions.push_back(action);
    cluster_.Execute(action);
  }
  void Process(std::uint32_t server) {
    for (int round = 0; round < 8 && cluster_.Has(server, tracegen::Work::kProcess); ++round)
      Do(Kind::kProcess, server);
  }

  // Empty if the cluster goes along.
  std::string Go(const State& state, const Move& move) {
    const std::uint32_t server = NumberOf(move.i);
    switch (move.action) {
      case Action::kTimeout:
        if (!settings_.pre_vote) Do(Kind::kCampaign, server);
        return "";
      case Action::kBecomePreCandidate:
        Do(Kind::kCampaign, server);
        return "";
      case Action::kPersist:
        if (cluster_.Has(server, tracegen::Work::kProcess)) Do(Kind::kProcess, server);
        return "";
      case Action::kClientRequest:
        // The first entry of a leader is the empty one that opens its term.
        if (spec::PackedLogs::LastTerm(state.state[move.i].log) ==
            state.state[move.i].current_term) {
          Do(Kind::kPropose, server, move.a);
        }
        return "";
      case Action::kStepDown:
        if (state.state[move.i].state == spec::Role::kLeader) {
          Do(Kind::kTick, server, 2 * settings_.election_ticks);
        }
        return "";
      case Action::kForgetLeader:
        Do(Kind::kForget, server);
        return "";
      case Action::kRestart:
        Restart(state, move);
        return "";
      case Action::kChangeConf:
        return Change(server, state, model_.logs().changes()[move.a]);
      case Action::kCompact:
        Process(server);
        Do(Kind::kCompact, server, 0);
        return "";
      case Action::kSendTimeoutNow:
        Do(Kind::kTransfer, server, NumberOf(move.j));
        return "";
      case Action::kReadIndex:
        Do(Kind::kRead, server, 0);
        return "";
      case Action::kDropMessage:
        return OfMessage(Kind::kDrop, state.network.Slots()[move.a].message);
      case Action::kDuplicateMessage:
        return OfMessage(Kind::kDuplicate, state.network.Slots()[move.a].message);
      default:  // else the library's own affair
        return IsReceive(move.action) ? Deliver(state, move) : "";
    }
  }

  // The library takes a message up at once; a model may first only take its term.
  std::string Deliver(const State& state, const Move& move) {
    const Message m = state.network.Slots()[move.a].message;
    if (m.from == m.to) return "";
    const auto begun = std::find_if(begun_.begin(), begun_.end(), [&](const Message& other) {
      return std::memcmp(&other, &m, sizeof m) == 0;
    });
    const bool stays = StaysInFlight(move.action);
    if (begun != begun_.end()) {
      if (!stays) begun_.erase(begun);
      return "";
    }
    if (stays) begun_.push_back(m);
    return OfMessage(Kind::kDeliver, m);
  }

  static bool IsShown(const Message& m, const trace::Message& shown) {
    const bool snapshot = m.type == spec::MessageType::kMsgSnap;
    return shown.type == conformance::ToTrace(m.type) && shown.term.value_or(0) == m.term &&
           shown.index.value_or(0) == (snapshot ? spec::Index{0} : spec::Index{m.index}) &&
           shown.reject.value_or(false) == m.reject &&
           (m.type != spec::MessageType::kMsgApp || shown.entries.value_or(0) == m.entry_count);
  }

  std::string OfMessage(Kind kind, const Message& m) {
    const std::uint32_t from = NumberOf(m.from);
    const std::uint32_t to = NumberOf(m.to);
    for (int round = 0; round < 4; ++round) {
      const std::size_t waiting = cluster_.network().InFlight(from, to);
      for (std::uint32_t k = 0; k < waiting; ++k) {
        trace::Message there;
        if (!cluster_.network().Peek(from, to, k)->Show(there) || !IsShown(m, there)) continue;
        Do(kind, from, to, k);
        return "";
      }
      // It may still wait for a write.
      if (!cluster_.Has(from, tracegen::Work::kProcess)) break;
      Do(Kind::kProcess, from);
    }
    return "no such message was sent";
  }

  void Restart(const State& state, const Move& move) {
    const auto& s = state.state[move.i];
    const std::uint32_t server = NumberOf(move.i);
    auto worker = model_.MakeWorker();
    const auto& disk = worker.Take(state, move).state[move.i].durable;
    const auto length = [](spec::LogId log) { return spec::PackedLogs::Length(log); };
    const bool nothing =
        disk.log == s.durable.log && disk.term == s.durable.term && disk.vote == s.durable.vote;
    if (nothing || !cluster_.Has(server, tracegen::Work::kProcess)) {
      Do(Kind::kCrash, server, 0);
    } else {
      const auto kept =
          length(disk.log) - length(spec::PackedLogs::CommonPrefix(disk.log, s.durable.log));
      const bool whole = disk.term == s.current_term && disk.vote == s.voted_for;
      Do(Kind::kCrashWriting, server, static_cast<std::uint32_t>(kept + (whole ? 1 : 0)));
    }
    Do(Kind::kRestart, server);
  }

  std::string Change(std::uint32_t server, const State& state, const spec::ConfChange& change) {
    const auto one = [](spec::ServerSet set) {
      std::uint32_t number = 1;
      while (!set.Contains(static_cast<spec::Server>(number - 1))) ++number;
      return number;
    };
    if (change.changes == 0) {
      Do(Kind::kLeaveJoint, server);
    } else if (change.transition != spec::ConfChange::Transition::kAuto) {
      std::uint32_t voters = 0;
      std::uint32_t learners = 0;
      const spec::Config now(state.state[server - 1].config);
      const auto next = (now.voters | change.add) - change.add_learner - change.remove;
      for (std::uint32_t k = 1; k <= settings_.servers; ++k) {
        const auto s = static_cast<spec::Server>(k - 1);
        if (next.Contains(s)) voters = voters * 10 + k;
        if (change.add_learner.Contains(s)) learners = learners * 10 + k;
      }
      Do(Kind::kReconfigure, server, voters, learners);
    } else if (!change.add.Empty()) {
      Do(Kind::kAdd, server, one(change.add));
    } else if (!change.add_learner.Empty()) {
      Do(Kind::kAddLearner, server, one(change.add_learner));
    } else {
      Do(Kind::kRemove, server, one(change.remove));
    }
    return "";
  }

  const Model& model_;
  tracegen::Settings settings_;
  tracegen::Cluster cluster_;
  BehaviourSchedule followed_;
  std::vector<Message> begun_;  // delivered; the model still has them in flight
};

}  // namespace

BehaviourSchedule ToSchedule(const spec::Exploration& exploration, const spec::Behaviour& behaviour,
                             const tracegen::Implementation& implementation) {
  return exploration.Visit([&]<int n>(const spec::McRaft<n>& model) {
    return Follower<n>(model, implementation).Run(behaviour);
  });
}

}  // namespace playback
