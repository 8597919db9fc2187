// The cost of the parts of a campaign.  `items_per_second` counts events, or schedules where it
// says so.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "conformance/judge/judge.h"
#include "conformance/judge/linearizability.h"
#include "conformance/trial/trial.h"
#include "raft/trace/reader.h"
#include "raft/trace/writer.h"
#include "tracegen/cluster/run.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace {

class Keep : public trace::Sink {
 public:
  void Emit(const trace::Event& event) override { events.push_back(event); }
  std::vector<trace::Event> events;
};

class Count : public trace::Sink {
 public:
  void Emit(const trace::Event& /*event*/) override { ++events; }
  std::uint64_t events = 0;
};

constexpr std::uint64_t kSchedules = 100;

std::int64_t JudgeAll(const trace::Header& header, const std::vector<trace::Event>& events) {
  conformance::Judge judge;
  judge.SetHeader(header);
  std::uint64_t line = 0;
  for (const trace::Event& event : events) judge.Feed(event, ++line);
  benchmark::DoNotOptimize(judge.Finish().verdict);
  return static_cast<std::int64_t>(line);
}

// Draws schedules.  The generator runs the cluster while it draws, but without a trace.
void GenerateSchedules(benchmark::State& state) {
  std::uint64_t seed = 0;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(tracegen::GenerateSchedule(++seed, {}, tracegen::OurImplementation()));
  state.SetItemsProcessed(static_cast<std::int64_t>(seed));
  state.SetLabel("items are schedules");
}
BENCHMARK(GenerateSchedules);

// Runs them with a trace that nobody reads.
void RunSchedules(benchmark::State& state) {
  std::vector<tracegen::Schedule> schedules;
  for (std::uint64_t k = 0; k < kSchedules; ++k) {
    schedules.push_back(tracegen::GenerateSchedule(k, {}, tracegen::OurImplementation()));
  }
  Count count;
  for ([[maybe_unused]] auto _ : state) {
    for (const tracegen::Schedule& schedule : schedules)
      tracegen::Run(schedule, count, tracegen::OurImplementation());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(count.events));
}
BENCHMARK(RunSchedules)->Unit(benchmark::kMillisecond);

// `raftcheck check` on one core: draw, run and judge in one pass, with and without the judge.  The
// difference is the cost of the judge.
void Campaign(benchmark::State& state, bool judged) {
  Count count;
  std::uint64_t seed = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (std::uint64_t k = 0; k < kSchedules; ++k) {
      tracegen::Generator generator(++seed, {}, tracegen::OurImplementation());
      if (judged) {
        count.events += trial::Run(generator).report.events;
      } else {
        generator.Play(count);
      }
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(count.events));
}
void CampaignJudged(benchmark::State& state) { Campaign(state, true); }
BENCHMARK(CampaignJudged)->Unit(benchmark::kMillisecond)->Iterations(20);
void CampaignNotJudged(benchmark::State& state) { Campaign(state, false); }
BENCHMARK(CampaignNotJudged)->Unit(benchmark::kMillisecond)->Iterations(20);

// Histories of clients with one key, which claim a correct order.
void JudgeHistories(benchmark::State& state) {
  trace::History history;
  for (std::uint64_t k = 1; k <= static_cast<std::uint64_t>(state.range(0)); ++k) {
    trace::Operation& o = history.emplace_back();
    o.id = o.value = o.position = k;
    o.began = 10 * k;
    o.ended = 10 * k + 45;
  }
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(conformance::JudgeHistory(history, ~std::uint64_t{0}).states);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(JudgeHistories)->Arg(100)->Arg(10000)->Arg(100000)->Unit(benchmark::kMicrosecond);

// Judges events from memory.
void JudgeEventsInMemory(benchmark::State& state) {
  std::vector<std::pair<trace::Header, std::vector<trace::Event>>> traces;
  for (std::uint64_t k = 0; k < kSchedules; ++k) {
    const tracegen::Schedule schedule =
        tracegen::GenerateSchedule(k, {}, tracegen::OurImplementation());
    Keep keep;
    tracegen::Run(schedule, keep, tracegen::OurImplementation());
    traces.emplace_back(tracegen::MakeHeader(schedule.settings, tracegen::OurImplementation()),
                        std::move(keep.events));
  }
  std::int64_t events = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (const auto& [header, kept] : traces) events += JudgeAll(header, kept);
  }
  state.SetItemsProcessed(events);
}
BENCHMARK(JudgeEventsInMemory)->Unit(benchmark::kMillisecond);

// One long run of five servers without faults: the cost per event must not grow with the trace.
void JudgeOneLongTrace(benchmark::State& state) {
  tracegen::Schedule schedule;
  schedule.settings.servers = 5;
  schedule.actions.push_back({tracegen::Kind::kRun, {20}});
  Count count;
  std::uint32_t value = 0;
  while (schedule.actions.size() < static_cast<std::size_t>(state.range(0)) / 20) {
    schedule.actions.push_back({tracegen::Kind::kPropose, {1 + value % 5, value}});
    schedule.actions.push_back({tracegen::Kind::kRun, {1}});
    ++value;
  }
  Keep keep;
  tracegen::Run(schedule, keep, tracegen::OurImplementation());
  const trace::Header header =
      tracegen::MakeHeader(schedule.settings, tracegen::OurImplementation());
  std::int64_t events = 0;
  for ([[maybe_unused]] auto _ : state) events += JudgeAll(header, keep.events);
  state.SetItemsProcessed(events);
  state.counters["events"] = static_cast<double>(keep.events.size());
}
BENCHMARK(JudgeOneLongTrace)
    ->RangeMultiplier(10)
    ->Range(1000, 1000000)
    ->Unit(benchmark::kMillisecond);

// A real trace, from the file to the verdict: etcd's published example.
void ValidateEtcdExampleFromFile(benchmark::State& state) {
  const auto path = std::filesystem::path(RAFTCHECK_SOURCE_DIR) / ".." / "shared" / "data" /
                    "etcd" / "example.ndjson";
  if (!std::filesystem::exists(path)) {
    state.SkipWithError("no real traces beside this checkout");
    return;
  }
  std::int64_t events = 0;
  for ([[maybe_unused]] auto _ : state) {
    trace::Reader reader = trace::Reader::Open(path.string()).value();
    conformance::Judge judge;
    for (trace::Item item; reader.Read(item).value();) {
      if (const auto* event = std::get_if<trace::Event>(&item.value)) {
        judge.Feed(*event, item.line);
      }
    }
    const conformance::Report report = judge.Finish();
    if (report.verdict != conformance::Verdict::kAccepted) state.SkipWithError("not accepted");
    events += static_cast<std::int64_t>(report.events);
  }
  state.SetItemsProcessed(events);
}
BENCHMARK(ValidateEtcdExampleFromFile)->Unit(benchmark::kMillisecond);

}  // namespace
