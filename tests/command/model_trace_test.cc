// The judge accepts the behaviours of a model, written as traces: the explorer and the judge agree
// about the specification.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "conformance/judge/judge.h"
#include "conformance/playback/behaviour_to_trace.h"
#include "conformance/report/report.h"
#include "spec/model/exploration.h"
#include "spec/model/mc_raft.h"

namespace command {
namespace {

using Model = spec::McRaft<spec::kSmallModel>;

class Feeder : public trace::Sink {
 public:
  explicit Feeder(conformance::Judge& judge) : judge_(judge) {}
  void Emit(const trace::Event& event) override { judge_.Feed(event, ++line_ + 1); }
  std::uint64_t lines() const { return line_; }

 private:
  conformance::Judge& judge_;
  std::uint64_t line_ = 0;
};

spec::ModelSettings Load(const std::string& name) {
  std::ifstream file(std::string(RAFTCHECK_SOURCE_DIR) + "/tla/" + name + ".cfg");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto parsed = spec::explorer::ParseConfig(text);
  EXPECT_TRUE(parsed) << parsed.error();
  return spec::SettingsOf(parsed.value()).value();
}

// A random walk that avoids steps after which the trace could not go on.  A server that has taken
// over the term of a message must handle this message next.
spec::explorer::Behaviour<spec::Move> Walk(const Model& model, std::uint64_t seed, int length) {
  spec::explorer::Behaviour<spec::Move> behaviour;
  auto worker = model.MakeWorker();
  Model::State state = model.Initial()[0];
  std::optional<Model::Next::Network::Message> hand;
  for (int step = 0; step < length; ++step) {
    std::vector<spec::Move> moves;
    const Model::StepVisitor visit = [&](const spec::Move& move, const Model::State& after) {
      const bool receives =
          move.action >= spec::Action::kUpdateTerm && move.action <= spec::Action::kHandle;
      const bool goes_on =
          receives && hand &&
          std::memcmp(&state.network.Slots()[move.a].message, &*hand, sizeof *hand) == 0;
      if (model.InBounds(after) && (!hand || goes_on)) moves.push_back(move);
    };
    worker.ForEachStep(state, visit);
    if (moves.empty()) break;
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const spec::Move move = moves[(seed >> 33U) % moves.size()];
    const bool stays =
        move.action == spec::Action::kUpdateTerm || move.action == spec::Action::kReturnToFollower;
    if (stays) {
      hand = state.network.Slots()[move.a].message;
    } else {
      hand.reset();
    }
    behaviour.moves.push_back(move);
    state = Model::State(worker.Take(state, move));
  }
  return behaviour;
}

class WrittenModels : public ::testing::TestWithParam<const char*> {};

TEST_P(WrittenModels, AreAcceptedByTheJudge) {
  spec::ModelSettings settings = Load(GetParam());
  settings.bounds.max_messages = 5;  // a walk needs more room than a search
  const Model model(settings);
  const spec::Exploration exploration(settings);
  std::uint64_t steps = 0;
  std::uint64_t lines = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const auto behaviour = Walk(model, seed * 977, 120);
    conformance::Judge judge;
    judge.SetHeader(playback::HeaderOf(settings));
    Feeder feeder(judge);
    const playback::BehaviourTrace written = playback::ToTrace(exploration, behaviour, feeder);
    EXPECT_EQ(written.why, "") << "seed " << seed;
    steps += written.steps;
    lines += feeder.lines();
    const conformance::Report report = judge.Finish();
    ASSERT_EQ(report.verdict, conformance::Verdict::kAccepted)
        << "seed " << seed << "\n"
        << conformance::ReportText(report, "walk", false);
  }
  EXPECT_GT(steps, 5000U);
  EXPECT_GT(lines, steps);
}

INSTANTIATE_TEST_SUITE_P(Tla, WrittenModels,
                         ::testing::Values("MCRaft", "MCRaftDurability", "MCRaftReplication",
                                           "MCRaftElections", "MCRaftTransfer", "MCRaftLibrary",
                                           "MCRaftLibraryElections"),
                         [](const auto& param) { return std::string(param.param); });

TEST(WrittenModels, EndWhereAStepHasNoLine) {
  const spec::Exploration model(Load("MCRaftReads"));
  spec::explorer::Behaviour<spec::Move> behaviour;
  behaviour.moves.push_back({spec::Action::kTimeout, 0, 0, 0, 0});
  behaviour.moves.push_back({spec::Action::kReadIndex, 0, 0, 1, 0});
  conformance::Judge judge;
  judge.SetHeader(playback::HeaderOf(model.settings()));
  Feeder feeder(judge);
  const playback::BehaviourTrace written = playback::ToTrace(model, behaviour, feeder);
  EXPECT_EQ(written.steps, 1U);
  EXPECT_EQ(written.why, "ReadIndex(s1, r1): such steps have no line yet");
}

}  // namespace
}  // namespace command
