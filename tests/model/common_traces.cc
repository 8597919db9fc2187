// Writes the traces on which the judge and tla/RaftTrace.tla must agree: short ones of our library,
// each around something that it can do, and each again with one field changed; the judge's verdict
// is the beginning of the file's name.
//
// Usage: common_traces FOLDER [TRACES]     so many for each thing, or 1
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "raft/trace/writer.h"
#include "tests/conformance/etcd_view.h"
#include "tests/conformance/features.h"
#include "tests/conformance/mutations.h"

namespace {

using conformance::testing::Trace;

constexpr std::size_t kAfter = 12;  // events after the feature is seen

void Write(const std::filesystem::path& folder, const std::string& name, const Trace& trace) {
  const conformance::Report report = conformance::testing::JudgeTrace(trace);
  const bool accepted = report.verdict == conformance::Verdict::kAccepted;
  const std::string verdict =
      accepted ? "accepted" : "refused_at_event_" + std::to_string(report.events);
  std::ofstream out(folder / (verdict + "-" + name + ".ndjson"));
  std::string line;
  trace::AppendJson(*trace.header, line);
  for (const trace::Event& event : trace.events) trace::AppendJson(event, line);
  out << line;
}

// One field of an event near the end; which one, by the seed.  The judge need not refuse it.
Trace Changed(Trace trace, std::uint64_t seed) {
  const std::size_t last = trace.events.size() - 1;
  const std::size_t k = last - std::min<std::size_t>(last, seed % 20);
  auto mutations = conformance::testing::Mutator::Of(trace.events[k]);
  // tla/ does not say what a change of the configuration holds beyond the change.
  std::erase_if(mutations, [](const auto& mutation) { return mutation.field.ends_with("digest"); });
  trace.events[k] = mutations[seed % mutations.size()].event;
  return trace;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: common_traces FOLDER [TRACES]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const std::size_t each = argc == 3 ? std::stoul(argv[2]) : 1;
  for (const auto& [name, seed, trace] : conformance::testing::ShortTraces(each, kAfter)) {
    Write(folder, name, trace);
    Write(folder, name + "-changed", Changed(trace, seed));
    const Trace etcds = conformance::testing::AsEtcdWrites(trace);
    Write(folder, name + "-etcd", etcds);
    Write(folder, name + "-etcd-changed", Changed(etcds, seed + 7));
  }
  return 0;
}
