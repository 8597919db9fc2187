// Traces for the tests: our own, from the simulated cluster, and those of etcd, if they are
// available.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "conformance/judge/judge.h"
#include "raft/trace/reader.h"
#include "raft/trace/sink.h"
#include "tracegen/cluster/run.h"
#include "tracegen/schedule.h"
#include "tracegen/servers/our_server.h"

namespace conformance::testing {

struct Trace {
  std::optional<trace::Header> header;
  std::vector<trace::Event> events;
};

inline Trace WithoutSeq(Trace t) {
  for (trace::Event& event : t.events) event.seq.reset();
  return t;
}

inline Report JudgeTrace(const Trace& t) {
  Judge judge;
  if (t.header) judge.SetHeader(*t.header);
  std::uint64_t line = t.header ? 1 : 0;
  for (const trace::Event& event : t.events) {
    if (!judge.Feed(event, ++line)) break;
  }
  return judge.Finish();
}

// Judges traces that differ from `good` in one event.  The events before it are judged once.
class OtherEvents {
 public:
  explicit OtherEvents(const Trace& good) : good_(good) {
    if (good.header) before_.SetHeader(*good.header);
  }
  // REQUIRES: no k is less than one before.
  Report JudgeWith(const trace::Event& event, std::size_t k) {
    const std::uint64_t first = good_.header ? 2 : 1;
    while (at_ < k) {
      before_.Feed(good_.events[at_], first + at_);
      ++at_;
    }
    Judge judge = before_;
    bool goes_on = judge.Feed(event, first + k);
    for (std::size_t next = k + 1; goes_on && next < good_.events.size(); ++next) {
      goes_on = judge.Feed(good_.events[next], first + next);
    }
    return judge.Finish();
  }

 private:
  const Trace& good_;
  Judge before_;
  std::size_t at_ = 0;  // events that `before_` has judged
};

inline Trace Record(const tracegen::Schedule& schedule) {
  class Keep : public trace::Sink {
   public:
    void Emit(const trace::Event& event) override { events.push_back(event); }
    std::vector<trace::Event> events;
  };
  Keep keep;
  tracegen::Run(schedule, keep, tracegen::OurImplementation());
  return {tracegen::MakeHeader(schedule.settings, tracegen::OurImplementation()),
          std::move(keep.events)};
}

inline tracegen::Schedule ReadSchedule(const std::string& name) {
  std::ifstream file(std::filesystem::path(RAFTCHECK_SOURCE_DIR) / "tests/data" / name);
  std::stringstream text;
  text << file.rdbuf();
  return tracegen::ParseSchedule(text.str()).value();
}

// Empty if the folder of real traces is not beside the checkout.
inline std::optional<std::string> EtcdTrace(const std::string& name) {
  const auto path =
      std::filesystem::path(RAFTCHECK_SOURCE_DIR) / ".." / "shared" / "data" / "etcd" / name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path.string();
}

inline Trace ReadTrace(const std::string& path, std::size_t most = ~std::size_t{0}) {
  Trace t;
  trace::Reader reader = trace::Reader::Open(path).value();
  for (trace::Item item; t.events.size() < most && reader.Read(item).value();) {
    if (const auto* header = std::get_if<trace::Header>(&item.value)) {
      t.header = *header;
    } else {
      t.events.push_back(std::get<trace::Event>(item.value));
    }
  }
  return t;
}

}  // namespace conformance::testing
