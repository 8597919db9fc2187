// Schedules, the simulated cluster, the generator and the shrinker.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "raft/trace/sink.h"
#include "raft/trace/writer.h"
#include "tracegen/cluster/network.h"
#include "tracegen/cluster/run.h"
#include "tracegen/generator/generator.h"
#include "tracegen/generator/profile.h"
#include "tracegen/generator/shrink.h"
#include "tracegen/schedule.h"
#include "tracegen/servers/disk.h"
#include "tracegen/servers/our_server.h"

namespace tracegen {
namespace {

class Text : public trace::Sink {
 public:
  void Emit(const trace::Event& event) override {
    trace::AppendJson(event, text);
    ++events[event.name];
  }
  std::string text;
  std::map<trace::EventName, int> events;
};

Text Record(const Schedule& schedule) {
  Text text;
  tracegen::Run(schedule, text, OurImplementation());
  return text;
}

std::uint64_t Fnv(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

TEST(Schedule, IsReadAsItWasPrinted) {
  EXPECT_TRUE(rc::check([] {
    const Schedule schedule = *AnySchedule({}, OurImplementation());
    const auto parsed = ParseSchedule(PrintSchedule(schedule));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed.value() == schedule);
  }));
}

// Of a property that fails rapidcheck shows the schedule, in the form that replay reads.
TEST(Schedule, IsShownWhereAPropertyFails) {
  const Schedule schedule = GenerateSchedule(3, {.servers = 3, .steps = 20}, OurImplementation());
  EXPECT_EQ(rc::toString(schedule), PrintSchedule(schedule));
  std::ostringstream shown;
  rc::show(std::vector<Schedule>{schedule}, shown);
  EXPECT_NE(shown.str().find("raftcheck-schedule 1\n"), std::string::npos) << shown.str();
}

TEST(Schedule, MistakesAreNamedByLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "expected the line 'raftcheck-schedule 1', found the end of the file"},
      {"servers 3\n", "expected the line 'raftcheck-schedule 1'"},
      {"raftcheck-schedule 2\n", "expected the line 'raftcheck-schedule 1'"},
      {"raftcheck-schedule 1\nservers 9\n", "servers: expected one number from 1 to 7"},
      {"raftcheck-schedule 1\nfly 1\n", "expected an action or a setting, found 'fly'"},
      {"raftcheck-schedule 1\ntick 1\n", "expected 'tick SERVER COUNT', found 1 operands"},
      {"raftcheck-schedule 1\ntick 4 1\n",
       "tick: SERVER: expected a number from 1 to 3, found '4'"},
      {"raftcheck-schedule 1\nheal\nservers 3\n", "servers: settings come before the first action"},
      {"raftcheck-schedule 1\nelection-ticks 3\nheartbeat-ticks 3\n",
       "expected heartbeat-ticks to be less than election-ticks, found 3 and 3"},
      {"raftcheck-schedule 1\nrun -1\n",
       "run: ROUNDS: expected a number from 0 to 10000, found '-1'"},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = ParseSchedule(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().message, message);
    EXPECT_EQ(parsed.error().line,
              static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(
                  1, std::count(text, text + std::string(text).size(), '\n'))));
  }
}

// The digest must be the same on every machine.  It may change only for a reason that the change
// log of the format gives.
TEST(Determinism, OneSeedGivesTheseBytes) {
  const Schedule schedule = GenerateSchedule(42, {}, OurImplementation());
  EXPECT_EQ(PrintSchedule(schedule), PrintSchedule(GenerateSchedule(42, {}, OurImplementation())));
  const std::string once = Record(schedule).text;
  EXPECT_EQ(once, Record(schedule).text);
  EXPECT_EQ(Fnv(PrintSchedule(schedule)), 2974848439904810207U);
  EXPECT_EQ(Fnv(once), 11745792841280487130U);
}

TEST(Determinism, TracingChangesNothing) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Schedule schedule = GenerateSchedule(seed, {}, OurImplementation());
    Text text;
    Cluster traced(schedule.settings, &text, OurImplementation());
    Cluster silent(schedule.settings, nullptr, OurImplementation());
    for (const Action& action : schedule.actions) {
      traced.Execute(action);
      silent.Execute(action);
    }
    EXPECT_EQ(traced.counts().steps, silent.counts().steps);
    EXPECT_EQ(traced.counts().delivered, silent.counts().delivered);
    EXPECT_EQ(traced.counts().applied, silent.counts().applied);
  }
}

TEST(Cluster, InGoodWeatherOneLeaderIsElectedAndEverybodyAppliesEverything) {
  Schedule schedule;
  schedule.settings.servers = 5;
  schedule.actions = {{Kind::kRun, {30}}};
  for (std::uint32_t k = 1; k <= 5; ++k) schedule.actions.push_back({Kind::kPropose, {k, k}});
  schedule.actions.push_back({Kind::kRun, {10}});
  Text text;
  const Counts counts = tracegen::Run(schedule, text, OurImplementation());
  EXPECT_EQ(counts.elections, 1U);
  EXPECT_EQ(counts.applied, 5U * 6U);  // five proposals and the leader's own entry
  EXPECT_EQ(counts.dropped, 0U);
}

TEST(Cluster, ActionsThatCannotHappenDoNothingAndAreCounted) {
  Schedule schedule;
  schedule.actions = {
      {Kind::kDeliver, {1, 2, 0}}, {Kind::kDrop, {1, 2, 0}}, {Kind::kDuplicate, {1, 2, 0}},
      {Kind::kRestart, {1}},       {Kind::kCrash, {1, 0}},   {Kind::kCrash, {1, 0}},
      {Kind::kTick, {1, 1}},       {Kind::kProcess, {1}},    {Kind::kPropose, {1, 1}}};
  Text text;
  EXPECT_EQ(tracegen::Run(schedule, text, OurImplementation()).no_ops, 8U);
}

TEST(Cluster, AMessageToAServerThatIsDownIsLostAndLogged) {
  Schedule schedule;
  schedule.actions = {{Kind::kCampaign, {1}},
                      {Kind::kProcess, {1}},
                      {Kind::kCrash, {2, 0}},
                      {Kind::kDeliver, {1, 2, 0}}};
  EXPECT_EQ(Record(schedule).events[trace::EventName::kDropMessage], 1);
}

TEST(Cluster, ACrashInTheMiddleOfAWriteLeavesSomeEntriesAndTheOldTerm) {
  Schedule schedule;
  schedule.actions = {
      {Kind::kCampaign, {1}},      {Kind::kProcess, {1}},         {Kind::kDeliver, {1, 2, 0}},
      {Kind::kProcess, {2}},       {Kind::kDeliver, {2, 1, 0}},   {Kind::kProcess, {1}},
      {Kind::kDeliver, {1, 3, 1}}, {Kind::kCrashWriting, {3, 1}}, {Kind::kRestart, {3}}};
  const Text text = Record(schedule);
  EXPECT_NE(text.text.find("\"name\":\"Crash\",\"nid\":\"3\""), std::string::npos);
  EXPECT_NE(text.text.find("\"durable\":{\"term\":0,\"vote\":\"0\",\"commit\":0,\"log\":1,"
                           "\"logTerm\":1,"),
            std::string::npos)
      << text.text;
}

// `run`, `progress` and `converge` have the same effect if they are written out as single actions.
TEST(Cluster, GoodWeatherWrittenOutDoesTheSame) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Schedule schedule =
        GenerateSchedule(seed, {.servers = 3, .steps = 100}, OurImplementation());
    const Schedule single = WriteOut(schedule, OurImplementation());
    EXPECT_GT(single.actions.size(), schedule.actions.size());
    for (const Action& action : single.actions) {
      EXPECT_TRUE(action.kind != Kind::kRun && action.kind != Kind::kProgress &&
                  action.kind != Kind::kConverge);
    }
    EXPECT_EQ(Record(single).text, Record(schedule).text) << seed;
  }
}

struct Numbered : Packet {
  explicit Numbered(int n) : number(n) {}
  bool Show(trace::Message& /*shown*/) const override { return false; }
  std::string_view Name() const override { return "a number"; }
  int number;
};

TEST(Network, DeliversInAnyOrderAndHoldsWhatIsCut) {
  Network network(3);
  for (int k = 1; k <= 3; ++k) network.Send(1, 2, std::make_shared<Numbered>(k));
  const auto number = [](const PacketPtr& packet) {
    return static_cast<const Numbered&>(*packet).number;
  };
  EXPECT_EQ(number(network.Take(1, 2, 1)), 2);
  EXPECT_EQ(number(network.Peek(1, 2, 99)), 3);
  EXPECT_EQ(number(network.Take(1, 2, 99)), 3);
  EXPECT_EQ(network.InFlight(1, 2), 1U);
  EXPECT_EQ(network.InFlight(2, 1), 0U);
  network.Cut(1, 2);
  EXPECT_TRUE(network.IsCut(1, 2));
  EXPECT_FALSE(network.IsCut(2, 1));
  network.Heal();
  EXPECT_FALSE(network.IsCut(1, 2));
  EXPECT_NE(network.Take(1, 2, 0), nullptr);
  EXPECT_EQ(network.Take(1, 2, 0), nullptr);
}

// The disk, compared with a list of writes that are applied up to the crash.
TEST(Disk, ACrashLeavesWhatWasSyncedAndAPrefixOfTheRest) {
  EXPECT_TRUE(rc::check([] {
    Disk disk({{raft::NodeId(1)}}, Disk::Kind::kPlain, 0);
    std::vector<raft::Entry> synced;
    raft::HardState synced_state;
    std::vector<std::pair<std::vector<raft::Entry>, raft::HardState>> states;  // after each write
    std::vector<raft::Entry> entries;
    raft::HardState state;
    const auto readies = *rc::gen::inRange(0, 6);
    std::uint64_t term = 1;
    for (int r = 0; r < readies; ++r) {
      DiskWrite ready;
      const auto first = *rc::gen::inRange<std::size_t>(1, entries.size() + 2);
      const auto count = *rc::gen::inRange<std::size_t>(0, 4);
      ++term;
      for (std::size_t k = 0; k < count; ++k) {
        ready.entries.push_back({raft::Term(term), raft::Index(first + k), {}, "x"});
      }
      if (*rc::gen::arbitrary<bool>()) {
        ready.hard_state = raft::HardState{raft::Term(term), {}, {}};
      }
      for (const raft::Entry& entry : ready.entries) {
        entries.resize(entry.index.value() - 1);
        entries.push_back(entry);
        states.emplace_back(entries, state);
      }
      if (ready.hard_state) {
        state = *ready.hard_state;
        states.emplace_back(entries, state);
      }
      const bool sync = *rc::gen::arbitrary<bool>();
      disk.Write(ready, sync);
      if (sync) {
        synced = entries;
        synced_state = state;
        states.clear();
      }
    }
    const auto keep = *rc::gen::inRange<std::size_t>(0, states.size() + 2);
    disk.Crash(keep);
    const std::size_t kept = std::min(keep, states.size());
    const auto& [left, left_state] = kept == 0 ? std::pair{synced, synced_state} : states[kept - 1];
    RC_ASSERT(disk.durable().entries == left);
    RC_ASSERT(disk.durable().hard_state == left_state);
    RC_ASSERT(disk.storage()->LastIndex() == raft::Index(left.size()));
    RC_ASSERT(disk.storage()->Initial().hard_state == left_state);
  }));
}

// A disk that reports an error.  With a write-ahead log, the failed write may or may not survive;
// the earlier writes survive, and nothing else does.
TEST(Disk, AWriteThatFailsLeavesWhatWasWrittenBefore) {
  for (const Disk::Kind kind : {Disk::Kind::kPlain, Disk::Kind::kWal}) {
    for (std::size_t count = 0; count <= 5; ++count) {
      Disk disk({{raft::NodeId(1)}}, kind, count);
      DiskWrite first;
      first.entries = {{raft::Term(1), raft::Index(1), {}, "a"}};
      disk.Write(first, true);
      DiskWrite write;
      for (std::uint64_t k = 2; k <= 5; ++k) {
        write.entries.push_back({raft::Term(1), raft::Index(k), {}, "b"});
      }
      write.hard_state = raft::HardState{raft::Term(1), {}, {}};
      disk.FailWrite(write, count);
      const std::size_t left = disk.durable().entries.size() - 1 +
                               (disk.durable().hard_state.term == raft::Term(1) ? 1 : 0);
      // Of a log on a disk, chance says how much; it is a prefix of what was written all the same.
      for (std::size_t k = 0; k < disk.durable().entries.size(); ++k) {
        EXPECT_EQ(disk.durable().entries[k].index, raft::Index(k + 1));
        EXPECT_EQ(disk.durable().entries[k].data.view(), k == 0 ? "a" : "b");
      }
      const bool all = disk.durable().entries.size() == 5;
      EXPECT_TRUE(all || disk.durable().hard_state.term == raft::Term());
      EXPECT_TRUE(kind == Disk::Kind::kWal || left == count);
      EXPECT_LE(left, 5U);
      EXPECT_EQ(disk.unsynced(), 0U);
      // The disk works again.
      DiskWrite more;
      more.entries = {{raft::Term(2), disk.durable().last_index() + 1, {}, "c"}};
      disk.Write(more, true);
      EXPECT_EQ(disk.durable().last_term(), raft::Term(2));
    }
  }
}

TEST(Disk, AfterASyncThatFailedWhatWasSyncedBeforeIsThere) {
  for (const Disk::Kind kind : {Disk::Kind::kPlain, Disk::Kind::kWal}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Disk disk({{raft::NodeId(1)}}, kind, seed);
      DiskWrite write;
      write.entries = {{raft::Term(1), raft::Index(1), {}, "a"}};
      disk.Write(write, true);
      write.entries = {{raft::Term(1), raft::Index(2), {}, "b"}};
      disk.FailSync(write, 0);
      EXPECT_GE(disk.durable().entries.size(), 1U);
      EXPECT_TRUE(kind == Disk::Kind::kWal || disk.durable().entries.size() == 1);
    }
  }
}

const trace::Operation* FindOperation(const trace::History& history, trace::Operation::Kind kind) {
  for (const trace::Operation& o : history) {
    if (o.kind == kind) return &o;
  }
  return nullptr;
}

TEST(Clients, SeeWhatTheyWroteAndHistoryTellsIt) {
  using Op = trace::Operation::Kind;
  Schedule schedule;
  schedule.actions = {{Kind::kRun, {20}},       {Kind::kPropose, {1, 5}}, {Kind::kRun, {2}},
                      {Kind::kRead, {2, 1}},    {Kind::kRun, {2}},        {Kind::kGet, {3, 1}},
                      {Kind::kPropose, {1, 9}}, {Kind::kRun, {2}}};
  Text text;
  const trace::History history = tracegen::Run(schedule, text, OurImplementation()).history;
  ASSERT_EQ(history.size(), 4U);
  const trace::Operation* put = FindOperation(history, Op::kPut);
  const trace::Operation* read = FindOperation(history, Op::kRead);
  const trace::Operation* get = FindOperation(history, Op::kGet);
  const trace::Operation* swap = FindOperation(history, Op::kSwap);
  ASSERT_TRUE(put && read && get && swap);
  EXPECT_EQ(put->key, 1U);
  EXPECT_TRUE(put->ended && read->ended && get->ended && swap->ended);
  EXPECT_LT(*put->ended, read->began);
  EXPECT_EQ(read->result, trace::KeyValue(put->id));
  EXPECT_EQ(get->result, trace::KeyValue(put->id));
  EXPECT_EQ(swap->expected, trace::KeyValue(put->id));
  EXPECT_TRUE(swap->swapped);
}

TEST(Clients, AReadThatIsAskedForAgainEndsOnce) {
  Schedule schedule;
  schedule.actions = {{Kind::kRun, {20}},         {Kind::kRead, {1, 0}},
                      {Kind::kReadAgain, {1, 0}}, {Kind::kReadAgain, {1, 1}},
                      {Kind::kRun, {2}},          {Kind::kReadAgain, {1, 0}}};
  Text text;
  const RunResult result = tracegen::Run(schedule, text, OurImplementation());
  EXPECT_EQ(result.no_ops, 2U);  // there is no second read, and at the end no open read
  EXPECT_EQ(result.reads, 1U);
  EXPECT_EQ(result.reads_served, 2U);
  ASSERT_EQ(result.history.size(), 1U);
  EXPECT_TRUE(result.history[0].ended);
}

TEST(Clients, WhatACrashCutsOffIsNeverAnswered) {
  Schedule schedule;
  schedule.actions = {{Kind::kRun, {20}},     {Kind::kPropose, {1, 1}}, {Kind::kRead, {1, 1}},
                      {Kind::kCrash, {1, 0}}, {Kind::kRestart, {1}},    {Kind::kRun, {30}}};
  Text text;
  for (const trace::Operation& o : tracegen::Run(schedule, text, OurImplementation()).history)
    EXPECT_FALSE(o.ended);
}

TEST(Profiles, SayWhatTheyDrew) {
  for (const Profile& profile : Profiles()) {
    const Settings settings = AnySettings(profile, {}, 3)(RandomOf(7, 0)).value();
    const FaultMix mix = AnyMix(profile, {}, settings)(RandomOf(7, 1)).value();
    const std::string text = Describe(mix);
    EXPECT_EQ(text.find("profile " + std::string(profile.name) + "; tick "), 0U) << text;
    EXPECT_NE(text.find("; overtaking "), std::string::npos) << text;
  }
}

TEST(Generator, MadeFromOthersIsTheSameEveryTimeAndBeginsLikeTheFirst) {
  const Schedule first = GenerateSchedule(11, {.servers = 3, .steps = 200}, OurImplementation());
  const Schedule second = GenerateSchedule(12, {.servers = 5, .steps = 200}, OurImplementation());
  int alike = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto make = [&] {
      return Generator(RandomOf(seed, 0), rc::kNominalSize, {}, OurImplementation(),
                       {&first, &second});
    };
    Generator one = make();
    one.Draw();
    Generator again = make();
    again.Draw();
    EXPECT_EQ(one.schedule(), again.schedule());
    EXPECT_EQ(one.settings(), first.settings);
    alike += one.schedule().actions.front() == first.actions.front() ? 1 : 0;
    EXPECT_EQ(one.schedule().actions.back().kind, Kind::kConverge);
  }
  EXPECT_GT(alike, 30);
}

// Takes the events and keeps none.
class Nobody : public trace::Sink {
  void Emit(const trace::Event& /*event*/) override {}
};

TEST(Generator, ReachesEveryKindOfFaultAndSeveralLeaders) {
  std::map<Kind, int> kinds;
  int several_leaders = 0;
  std::uint64_t no_ops = 0;
  std::uint64_t actions = 0;
  constexpr int kSchedules = 300;
  for (std::uint64_t seed = 0; seed < kSchedules; ++seed) {
    const Schedule schedule = GenerateSchedule(seed, {}, OurImplementation());
    for (const Action& action : schedule.actions) ++kinds[action.kind];
    Nobody nobody;
    const Counts counts = tracegen::Run(schedule, nobody, OurImplementation());
    several_leaders += counts.elections >= 2 ? 1 : 0;
    no_ops += counts.no_ops;
    actions += counts.actions;
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(kKinds));
  EXPECT_GT(several_leaders, kSchedules / 4);
  EXPECT_LT(no_ops, actions / 500) << "the generator should draw what can happen";
}

TEST(Generator, KeepsToItsLimits) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Schedule schedule =
        GenerateSchedule(seed, {.servers = 7, .steps = 60}, OurImplementation());
    EXPECT_EQ(schedule.settings.servers, 7U);
    EXPECT_GE(schedule.actions.size(), 60U);
    // A story that has begun is completed.
    EXPECT_LE(schedule.actions.size(), 60U + 400U);
  }
}

TEST(Shrink, FindsTheTwoActionsThatMatter) {
  Schedule schedule = GenerateSchedule(3, {.servers = 5, .steps = 300}, OurImplementation());
  schedule.actions[100] = {Kind::kPropose, {2, 77}};
  schedule.actions[200] = {Kind::kTick, {1, 9}};
  const auto fails = [](const Schedule& s) {
    bool proposed = false;
    for (const Action& action : s.actions) {
      proposed = proposed || (action.kind == Kind::kPropose && action.operands[1] >= 50);
      if (proposed && action.kind == Kind::kTick && action.operands[1] >= 3) return true;
    }
    return false;
  };
  ASSERT_TRUE(fails(schedule));
  const Schedule shrunk = Shrink(schedule, fails, 10000);
  ASSERT_EQ(shrunk.actions.size(), 2U);
  EXPECT_EQ(shrunk.actions[0].kind, Kind::kPropose);
  EXPECT_EQ(shrunk.actions[1].operands[1], 3U);
  EXPECT_LE(shrunk.settings.servers, 5U);
  EXPECT_EQ(shrunk, Shrink(schedule, fails, 10000));
}

// Servers that the failure does not need are removed with their actions; the others get lower
// numbers.
TEST(Shrink, TakesServersAway) {
  Schedule schedule;
  schedule.settings.servers = 5;
  for (std::uint32_t s = 1; s <= 5; ++s) schedule.actions.push_back({Kind::kTick, {s, 1}});
  schedule.actions.push_back({Kind::kReconfigure, {4, 245, 3}});
  const auto fails = [](const Schedule& s) {
    return std::any_of(s.actions.begin(), s.actions.end(), [](const Action& action) {
      return action.kind == Kind::kReconfigure && Digits(action.operands[1]).size() >= 2;
    });
  };
  const Schedule shrunk = Shrink(schedule, fails, 1000);
  EXPECT_EQ(shrunk.settings.servers, 2U);
  ASSERT_EQ(shrunk.actions.size(), 1U);
  for (const std::uint32_t server : Digits(shrunk.actions[0].operands[1])) EXPECT_LE(server, 2U);
  EXPECT_LE(shrunk.actions[0].operands[0], 2U);
}

TEST(Shrink, KeepsToItsBudgetAndStillFails) {
  const Schedule schedule = GenerateSchedule(4, {.servers = 3, .steps = 300}, OurImplementation());
  int calls = 0;
  const auto fails = [&calls](const Schedule& s) {
    ++calls;
    return s.actions.size() > 20;
  };
  const Schedule shrunk = Shrink(schedule, fails, 5);
  EXPECT_LE(calls, 5);
  EXPECT_GT(shrunk.actions.size(), 20U);
}

}  // namespace
}  // namespace tracegen
