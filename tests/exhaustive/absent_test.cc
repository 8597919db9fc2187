// An absent field constrains nothing: whatever is removed from an accepted trace, it stays
// accepted, or the judge names the field that it cannot do without.  A present field is always
// checked: an absurd value where a field was absent is never accepted.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "conformance/report/report.h"
#include "raft/trace/describe.h"
#include "tests/conformance/changes.h"
#include "tests/conformance/etcd_view.h"
#include "tests/conformance/features.h"
#include "tests/conformance/traces.h"

namespace conformance::testing {
namespace {

// Short traces of all that our library does, what etcd would have written of them, and etcd's.
const std::vector<ShortTrace>& Accepted() {
  static const std::vector<ShortTrace> traces = [] {
    std::vector<ShortTrace> all;
    for (const bool async : {false, true}) {
      for (ShortTrace& one : ShortTraces(1, 60, async)) {
        all.push_back({one.name + " as etcd writes it", one.seed, AsEtcdWrites(one.trace)});
        all.push_back(std::move(one));
      }
    }
    for (const char* name : {"prevote3.ndjson", "n3-dup.ndjson", "n3-restart-raw.ndjson",
                             "n3-conf-learner.ndjson", "n3-snap-oldnode.ndjson"}) {
      if (const auto path = EtcdTrace(name)) all.push_back({name, 0, ReadTrace(*path, 400)});
    }
    std::erase_if(all, [](const ShortTrace& one) {
      return JudgeTrace(one.trace).verdict != Verdict::kAccepted;
    });
    return all;
  }();
  return traces;
}

// How many of the cases each run tries: all in `./run test-all`, else a share.
int Share() { return std::getenv("RAFTCHECK_ALL") != nullptr ? 1 : 12; }

struct Removals {
  int accepted = 0;
  int needed = 0;
  std::map<std::string, int> needs;
};

// Is the verdict on the trace without `removed` one that may be?
void Expect(const Report& report, const std::set<std::string>& removed, Removals& removals,
            const std::string& what) {
  if (report.verdict == Verdict::kAccepted) {
    ++removals.accepted;
    return;
  }
  // The field that is missed is one of those that were removed, or a part of one.
  const bool misses = std::any_of(removed.begin(), removed.end(), [&](const std::string& path) {
    std::string field = path;
    while (!field.empty()) {
      if (report.invalid.find(" needs " + field) != std::string::npos) return true;
      const std::size_t dot = field.rfind('.');
      if (dot == std::string::npos) break;
      field.resize(dot);
      if (field.ends_with("[]")) field.resize(field.size() - 2);
    }
    return report.invalid.find(path) != std::string::npos;
  });
  if (report.verdict == Verdict::kInvalid && misses) {
    ++removals.needed;
    ++removals
          .needs[report.invalid.substr(0, report.invalid.find(';', report.invalid.find("needs")))];
    return;
  }
  ADD_FAILURE() << what << "\n" << ReportText(report, "trace", false) << report.invalid;
}

void PrintNeeds(const Removals& removals) {
  for (const auto& [what, times] : removals.needs) {
    if (std::getenv("RAFTCHECK_ALL") != nullptr) std::printf("  %6d  %s\n", times, what.c_str());
  }
}

TEST(Absent, AFieldThatIsRemovedEverywhereConstrainsNothing) {
  Removals removals;
  for (const ShortTrace& one : Accepted()) {
    std::set<std::string> paths;
    for (const trace::Event& event : one.trace.events) paths.merge(FieldWalk::PathsOf(event));
    for (const std::string& path : paths) {
      Trace less = one.trace;
      for (trace::Event& event : less.events) {
        event = FieldWalk::Without(event, [&](const std::string& p) { return p == path; });
      }
      Expect(JudgeTrace(less), {path}, removals, one.name + ": " + path + " removed everywhere");
    }
  }
  EXPECT_GT(removals.accepted, 500);
  EXPECT_LT(removals.needed, removals.accepted / 4);
  PrintNeeds(removals);
}

TEST(Absent, AFieldThatIsRemovedFromOneEventConstrainsNothing) {
  Removals removals;
  std::mt19937 random(1);
  for (const ShortTrace& one : Accepted()) {
    OtherEvents others(one.trace);
    for (std::size_t k = 0; k < one.trace.events.size(); ++k) {
      const trace::Event& good = one.trace.events[k];
      for (const std::string& path : FieldWalk::PathsOf(good)) {
        if (path == "msg") continue;  // needed on each line that has one: the test above
        if (random() % static_cast<unsigned>(Share()) != 0) continue;
        const trace::Event less =
            FieldWalk::Without(good, [&](const std::string& p) { return p == path; });
        Expect(others.JudgeWith(less, k), {path}, removals,
               one.name + ": " + path + " removed from event " + std::to_string(k + 1) + " " +
                   trace::Describe(good));
      }
    }
  }
  EXPECT_GT(removals.accepted, 40000 / Share());
  EXPECT_LT(removals.needed, removals.accepted / 50);
  PrintNeeds(removals);
}

TEST(Absent, RandomSetsOfFieldsThatAreRemovedConstrainNothing) {
  Removals removals;
  std::mt19937 random(2);
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  for (const ShortTrace& one : Accepted()) {
    for (int round = 0; round < 240 / Share(); ++round) {
      const unsigned percent = std::array{1U, 5U, 20U, 60U}[random() % 4];
      std::set<std::string> removed;
      Trace less = one.trace;
      for (trace::Event& event : less.events) {
        event = FieldWalk::Without(event, [&](const std::string& path) {
          const bool goes = path != "msg" && chance(percent);
          if (goes) removed.insert(path);
          return goes;
        });
      }
      Expect(JudgeTrace(less), removed, removals,
             one.name + ": round " + std::to_string(round) + ", " + std::to_string(percent) +
                 "% removed");
    }
  }
  EXPECT_GT(removals.accepted + removals.needed, 10000 / Share());
  PrintNeeds(removals);
}

// Why an added value can be right; the function verifies the reason.  Empty if there is none.
std::string WhyRight(const Trace& good, std::size_t k, const Mutation& more) {
  const trace::Event& now = more.event;
  const auto here = good.events.begin() + static_cast<std::ptrdiff_t>(k);
  if (more.field == "role") {
    const auto shows = [&](const trace::Event& e) { return e.node == now.node && e.role; };
    const auto last = std::find_if(std::make_reverse_iterator(here), good.events.rend(), shows);
    if (last != good.events.rend() && last->role == now.role) return "it is the role";
  }
  if (more.field == "prop.cc.transition") {
    const bool told = std::any_of(here, good.events.end(), [](const trace::Event& e) {
      return e.prop && e.prop->cc && e.prop->cc->members && e.prop->cc->members->auto_leave;
    });
    const bool joint = std::any_of(here, good.events.end(), Joint);
    if (!told && joint) return "no line tells whether the joint configuration is left by itself";
    // A server that starts or takes up a snapshot shows no voters when it applies one.
    const auto applies = [&](const trace::Event& e) {
      return e.name == trace::EventName::kApplyConfChange && e.conf && !(*e.conf)[0].empty() &&
             e.prop->cc->newconf != (*e.conf)[0];
    };
    // Only a later line of the server shows whether what it applied was joint.
    bool shown = false;
    for (auto e = here; e != good.events.end(); ++e) {
      shown = shown || (applies(*e) && std::any_of(e + 1, good.events.end(), [&](const auto& next) {
                          return next.node == e->node && next.conf;
                        }));
    }
    if (!shown) return "no line shows what the change made";
  }
  return {};
}

TEST(Present, AnAbsurdValueWhereAFieldWasAbsentIsRefused) {
  int tried = 0;
  std::mt19937 random(3);
  for (const ShortTrace& one : Accepted()) {
    OtherEvents others(one.trace);
    for (std::size_t k = 0; k < one.trace.events.size(); ++k) {
      const trace::Event& good = one.trace.events[k];
      for (const Mutation& more : FieldWalk::WithOneMore(good)) {
        if (random() % static_cast<unsigned>(Share()) != 0) continue;
        ++tried;
        if (others.JudgeWith(more.event, k).verdict == Verdict::kAccepted &&
            WhyRight(one.trace, k, more).empty()) {
          ADD_FAILURE() << one.name << ": accepted although " << more.field << " was added: event "
                        << k + 1 << " " << trace::Describe(more.event);
        }
      }
    }
  }
  EXPECT_GT(tried, 40000 / Share());
}

}  // namespace
}  // namespace conformance::testing
