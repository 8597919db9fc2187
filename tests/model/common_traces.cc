// Writes the traces on which the judge and tla/RaftTrace.tla must agree: short traces of our
// library, some for each of its features, and the same traces with one changed field.  The name of
// each file begins with the judge's verdict.
//
// Usage: common_traces FOLDER [TRACES]     TRACES for each feature, default 1
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

constexpr std::size_t kAfter = 12;  // number of events after the feature first occurs

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

// Changes one field of an event near the end; the seed selects it.  The judge need not refuse it.
Trace Changed(Trace trace, std::uint64_t seed) {
  const std::size_t last = trace.events.size() - 1;
  const std::size_t k = last - std::min<std::size_t>(last, seed % 20);
  auto mutations = conformance::testing::Mutator::Of(trace.events[k]);
  // tla/ has no digest of configuration entries; it only knows the change.
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
  // A node that does not validate changes, and the same lines of one that says that it does.
  Trace changes = conformance::testing::ReadTrace(std::string(RAFTCHECK_SOURCE_DIR) +
                                                  "/tests/data/unvalidated_changes.ndjson");
  Write(folder, "unvalidated", changes);
  changes.header->validates_changes = true;
  Write(folder, "unvalidated-denied", changes);
  return 0;
}
