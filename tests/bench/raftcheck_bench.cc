// What the parts of a campaign cost.  `items_per_second` is events, or schedules where it says so.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "conformance/validator.h"
#include "raft/trace/reader.h"
#include "raft/trace/writer.h"
#include "tracegen/generator.h"
#include "tracegen/run.h"

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

std::int64_t Judge(const trace::Header& header, const std::vector<trace::Event>& events) {
  conformance::Validator validator;
  validator.SetHeader(header);
  std::uint64_t line = 0;
  for (const trace::Event& event : events) validator.Feed(event, ++line);
  benchmark::DoNotOptimize(validator.Finish().verdict);
  return static_cast<std::int64_t>(line);
}

// Drawing schedules, which plays the cluster along without a trace.
void GenerateSchedules(benchmark::State& state) {
  std::uint64_t seed = 0;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(tracegen::GenerateSchedule(++seed, {}));
  state.SetItemsProcessed(static_cast<std::int64_t>(seed));
  state.SetLabel("items are schedules");
}
BENCHMARK(GenerateSchedules);

// Running them with a trace that nobody looks at.
void RunSchedules(benchmark::State& state) {
  std::vector<tracegen::Schedule> schedules;
  for (std::uint64_t k = 0; k < kSchedules; ++k) {
    schedules.push_back(tracegen::GenerateSchedule(k, {}));
  }
  Count count;
  for ([[maybe_unused]] auto _ : state) {
    for (const tracegen::Schedule& schedule : schedules) tracegen::Run(schedule, count);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(count.events));
}
BENCHMARK(RunSchedules)->Unit(benchmark::kMillisecond);

// Judging them, from memory.
void JudgeEventsInMemory(benchmark::State& state) {
  std::vector<std::pair<trace::Header, std::vector<trace::Event>>> traces;
  for (std::uint64_t k = 0; k < kSchedules; ++k) {
    const tracegen::Schedule schedule = tracegen::GenerateSchedule(k, {});
    Keep keep;
    tracegen::Run(schedule, keep);
    traces.emplace_back(tracegen::MakeHeader(schedule.settings), std::move(keep.events));
  }
  std::int64_t events = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (const auto& [header, kept] : traces) events += Judge(header, kept);
  }
  state.SetItemsProcessed(events);
}
BENCHMARK(JudgeEventsInMemory)->Unit(benchmark::kMillisecond);

// One long healthy run of five servers: the cost of an event must not grow with the trace.
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
  tracegen::Run(schedule, keep);
  const trace::Header header = tracegen::MakeHeader(schedule.settings);
  std::int64_t events = 0;
  for ([[maybe_unused]] auto _ : state) events += Judge(header, keep.events);
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
    conformance::Validator validator;
    for (trace::Item item; reader.Read(item).value();) {
      if (const auto* event = std::get_if<trace::Event>(&item.value)) {
        validator.Feed(*event, item.line);
      }
    }
    const conformance::Report report = validator.Finish();
    if (report.verdict != conformance::Verdict::kAccepted) state.SkipWithError("not accepted");
    events += static_cast<std::int64_t>(report.events);
  }
  state.SetItemsProcessed(events);
}
BENCHMARK(ValidateEtcdExampleFromFile)->Unit(benchmark::kMillisecond);

}  // namespace
