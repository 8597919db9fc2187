// Short traces of our library, with each of its features.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/conformance/traces.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace conformance::testing {

struct Feature {
  const char* name;
  bool (*shows)(const trace::Event&);
};

template <trace::EventName kName>
bool Is(const trace::Event& event) {
  return event.name == kName;
}
template <trace::MessageType kType>
bool Receives(const trace::Event& event) {
  const bool receives = event.name == trace::EventName::kReceiveAppendEntriesRequest ||
                        event.name == trace::EventName::kReceiveMessage;
  return receives && event.msg && event.msg->type == kType;
}
inline bool Joint(const trace::Event& event) { return event.conf && !(*event.conf)[1].empty(); }
inline bool Survives(const trace::Event& event) {
  return event.name == trace::EventName::kCrash && event.ents && !event.ents->empty();
}
inline bool Rejects(const trace::Event& event) {
  return event.name == trace::EventName::kReceiveAppendEntriesResponse && event.msg &&
         event.msg->reject.value_or(false);
}

inline constexpr std::array<Feature, 15> kFeatures = {{
    {"leader", Is<trace::EventName::kBecomeLeader>},
    {"apply", Is<trace::EventName::kApply>},
    {"reject", Rejects},
    {"restart", Is<trace::EventName::kCrash>},
    {"survives", Survives},
    {"drop", Is<trace::EventName::kDropMessage>},
    {"duplicate", Is<trace::EventName::kDuplicateMessage>},
    {"prevote", Receives<trace::MessageType::kMsgPreVote>},
    {"transfer", Receives<trace::MessageType::kMsgTimeoutNow>},
    {"change", Is<trace::EventName::kChangeConf>},
    {"joint", Joint},
    {"compact", Is<trace::EventName::kCompact>},
    {"snapshot", Receives<trace::MessageType::kMsgSnap>},
    {"read", Is<trace::EventName::kReadState>},
    {"forget", Is<trace::EventName::kForgetLeader>},
}};

struct ShortTrace {
  std::string name;  // name of the feature, with the seed
  std::uint64_t seed = 0;
  Trace trace;
};

// Returns `each` traces for each feature, up to `after` events after the feature first occurs.  Of
// many seeds it takes those where the feature occurs earliest.
inline std::vector<ShortTrace> ShortTraces(std::size_t each, std::size_t after,
                                           bool async = false) {
  constexpr std::uint64_t kSeeds = 600;
  struct Found {
    std::uint64_t seed;
    std::size_t at;
  };
  std::array<std::vector<Found>, kFeatures.size()> found;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const tracegen::Schedule schedule =
        tracegen::GenerateSchedule(seed, {}, tracegen::OurImplementation());
    if (schedule.settings.async_storage != async) continue;
    const Trace trace = Record(schedule);
    for (std::size_t f = 0; f < kFeatures.size(); ++f) {
      const auto first = std::find_if(trace.events.begin(), trace.events.end(), kFeatures[f].shows);
      if (first == trace.events.end()) continue;
      found[f].push_back({seed, static_cast<std::size_t>(first - trace.events.begin())});
    }
  }
  std::vector<ShortTrace> traces;
  for (std::size_t f = 0; f < kFeatures.size(); ++f) {
    std::stable_sort(found[f].begin(), found[f].end(),
                     [](const Found& a, const Found& b) { return a.at < b.at; });
    for (std::size_t k = 0; k < std::min(each, found[f].size()); ++k) {
      const Found& one = found[f][k];
      Trace trace = Record(tracegen::GenerateSchedule(one.seed, {}, tracegen::OurImplementation()));
      trace.events.resize(std::min(trace.events.size(), one.at + after));
      traces.push_back({std::string(kFeatures[f].name) + "-" + std::to_string(one.seed), one.seed,
                        std::move(trace)});
    }
  }
  // No event of its own shows this feature.
  if (!async) traces.push_back({"recover", 1, Record(ReadSchedule("lost_and_found.schedule"))});
  return traces;
}

}  // namespace conformance::testing
