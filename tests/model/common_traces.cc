// Writes the traces on which the judge and tla/RaftTrace.tla must agree: short ones of our library,
// each around something that it can do, and each again with one field changed; the judge's verdict
// is the beginning of the file's name.
//
// Usage: common_traces FOLDER [TRACES]     so many for each thing, or 1
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "raft/trace/writer.h"
#include "tests/conformance/etcd_view.h"
#include "tests/conformance/mutations.h"
#include "tracegen/generator.h"

namespace {

using conformance::testing::Trace;
using trace::EventName;
using trace::MessageType;

struct Feature {
  const char* name;
  bool (*shows)(const trace::Event&);
};

template <EventName kName>
bool Is(const trace::Event& event) {
  return event.name == kName;
}
template <MessageType kType>
bool Receives(const trace::Event& event) {
  const bool receives = event.name == EventName::kReceiveAppendEntriesRequest ||
                        event.name == EventName::kReceiveMessage;
  return receives && event.msg && event.msg->type == kType;
}
bool Joint(const trace::Event& event) { return event.conf && !(*event.conf)[1].empty(); }
bool Survives(const trace::Event& event) {
  return event.name == EventName::kCrash && event.ents && !event.ents->empty();
}
bool Rejects(const trace::Event& event) {
  return event.name == EventName::kReceiveAppendEntriesResponse && event.msg &&
         event.msg->reject.value_or(false);
}

constexpr std::array<Feature, 15> kFeatures = {{
    {"leader", Is<EventName::kBecomeLeader>},
    {"apply", Is<EventName::kApply>},
    {"reject", Rejects},
    {"restart", Is<EventName::kCrash>},
    {"survives", Survives},
    {"drop", Is<EventName::kDropMessage>},
    {"duplicate", Is<EventName::kDuplicateMessage>},
    {"prevote", Receives<MessageType::kMsgPreVote>},
    {"transfer", Receives<MessageType::kMsgTimeoutNow>},
    {"change", Is<EventName::kChangeConf>},
    {"joint", Joint},
    {"compact", Is<EventName::kCompact>},
    {"snapshot", Receives<MessageType::kMsgSnap>},
    {"read", Is<EventName::kReadState>},
    {"forget", Is<EventName::kForgetLeader>},
}};

constexpr std::uint64_t kSeeds = 600;
constexpr std::size_t kAfter = 12;  // events after it is seen

struct Found {
  std::uint64_t seed;
  std::size_t at;
};

void Write(const std::filesystem::path& folder, const std::string& name, const Trace& trace) {
  const conformance::Report report = conformance::testing::Judge(trace);
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

// The traces in which a feature is seen first.
std::array<std::vector<Found>, kFeatures.size()> Search(std::size_t each) {
  std::array<std::vector<Found>, kFeatures.size()> found;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const tracegen::Schedule schedule = tracegen::GenerateSchedule(seed, {});
    if (schedule.settings.async_storage) continue;  // beyond tla/RaftTrace.tla
    const Trace trace = conformance::testing::Record(schedule);
    for (std::size_t f = 0; f < kFeatures.size(); ++f) {
      const auto first = std::find_if(trace.events.begin(), trace.events.end(), kFeatures[f].shows);
      if (first == trace.events.end()) continue;
      found[f].push_back({seed, static_cast<std::size_t>(first - trace.events.begin())});
    }
  }
  for (auto& traces : found) {
    std::stable_sort(traces.begin(), traces.end(),
                     [](const Found& a, const Found& b) { return a.at < b.at; });
    if (traces.size() > each) traces.resize(each);
  }
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: common_traces FOLDER [TRACES]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto found = Search(argc == 3 ? std::stoul(argv[2]) : 1);
  for (std::size_t f = 0; f < kFeatures.size(); ++f) {
    for (const Found& one : found[f]) {
      Trace trace = conformance::testing::Record(tracegen::GenerateSchedule(one.seed, {}));
      trace.events.resize(std::min(trace.events.size(), one.at + kAfter));
      const std::string name = std::string(kFeatures[f].name) + "-" + std::to_string(one.seed);
      Write(folder, name, trace);
      Write(folder, name + "-changed", Changed(trace, one.seed));
      const Trace etcds = conformance::testing::AsEtcdWrites(trace);
      Write(folder, name + "-etcd", etcds);
      Write(folder, name + "-etcd-changed", Changed(etcds, one.seed + 7));
    }
  }
  return 0;
}
