// The list of properties (conformance/judge/properties.h): the models and the page have the same,
// and the observer finds each one that it is said to find, from the lines alone.
#include "conformance/judge/properties.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/judge/observer.h"
#include "spec/model/model_properties.h"
#include "tests/conformance/traces.h"

namespace conformance {
namespace {

using Name = trace::EventName;
using Role = trace::Role;

// Lines of servers, as an implementation writes them.
class Lines {
 public:
  Lines& Start(trace::NodeId server) { return State(Name::kBecomeFollower, server, 0); }
  Lines& State(Name name, trace::NodeId server, std::uint64_t term, std::uint64_t commit = 0,
               std::uint64_t log = 0, Role role = Role::kFollower) {
    trace::Event e;
    e.name = name;
    e.node = server;
    e.state.emplace();
    e.state->term = term;
    e.state->commit = commit;
    e.log = log;
    e.role = role;
    return Add(e);
  }
  Lines& Lead(trace::NodeId server, std::uint64_t term, std::uint64_t log = 0) {
    return State(Name::kBecomeLeader, server, term, 0, log, Role::kLeader);
  }
  // Writes and syncs entries from `first` on, given by their terms; each has the digest `digest`.
  Lines& Persist(trace::NodeId server, std::uint64_t first, const std::vector<int>& terms,
                 std::uint64_t term, std::uint64_t commit = 0, std::uint64_t digest = 7) {
    trace::Event e;
    e.name = Name::kPersist;
    e.node = server;
    e.index = first;
    e.ents.emplace();
    for (const int one : terms) {
      e.ents->push_back({static_cast<std::uint64_t>(one), digest});
    }
    e.durable.emplace();
    e.durable->term = term;
    e.durable->commit = commit;
    e.durable->log = first + terms.size() - 1;
    e.durable->log_term = static_cast<std::uint64_t>(terms.empty() ? 0 : terms.back());
    e.durable->snapshot = 0;
    return Add(e);
  }
  Lines& Crash(trace::NodeId server, std::uint64_t term, std::uint64_t commit) {
    trace::Event e;
    e.name = Name::kCrash;
    e.node = server;
    e.durable.emplace();
    e.durable->term = term;
    e.durable->commit = commit;
    return Add(e);
  }
  Lines& Apply(trace::NodeId server, std::uint64_t index, std::uint64_t term, std::uint64_t digest,
               std::uint64_t result) {
    trace::Event e;
    e.name = Name::kApply;
    e.node = server;
    e.index = index;
    e.entry.emplace();
    e.entry->term = term;
    e.entry->digest = digest;
    e.result = result;
    return Add(e);
  }
  Lines& Read(Name name, trace::NodeId server, std::uint64_t index = 0) {
    trace::Event e;
    e.name = name;
    e.node = server;
    e.read = 1;
    if (name == Name::kReadState) e.index = index;
    return Add(e);
  }

  // The property that is broken, and where; empty if none is.
  std::string Broken() const {
    Observer observer;
    std::uint64_t line = 0;
    for (const trace::Event& event : events_) observer.Observe(event, ++line);
    if (!observer.violation()) return "";
    EXPECT_EQ(observer.violation()->basis, Basis::kLines);
    EXPECT_EQ(observer.violation()->line, line) << "it is found at the last line";
    return observer.violation()->property;
  }

 private:
  Lines& Add(trace::Event e) {
    events_.push_back(std::move(e));
    return *this;
  }
  std::vector<trace::Event> events_;
};

// Two ways to end, after the same beginning: one breaks the property, the other does not.
struct Case {
  std::string_view property;
  std::function<void(Lines&)> begin;
  std::function<void(Lines&)> wrong;
  std::function<void(Lines&)> right;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"ElectionSafety", [](Lines& l) { l.Start(1).Start(2).Lead(1, 1); },
       [](Lines& l) { l.Lead(2, 1); }, [](Lines& l) { l.Lead(2, 2).Lead(1, 3); }},
      // No line says that server 2 becomes the leader; a later one shows that it is.
      {"ElectionSafety", [](Lines& l) { l.Start(1).Start(2).Lead(1, 1); },
       [](Lines& l) { l.State(Name::kReady, 2, 1, 0, 0, Role::kLeader); },
       [](Lines& l) {
         l.State(Name::kReady, 2, 1).State(Name::kReady, 1, 1, 0, 0, Role::kLeader);
       }},
      {"LogMatching",
       [](Lines& l) {
         l.Start(1).Start(2).Persist(1, 1, {1, 2}, 2);
       },
       [](Lines& l) {
         l.Persist(2, 1, {2, 2}, 2);
       },
       [](Lines& l) {
         l.Persist(2, 1, {1, 2}, 2);
       }},
      {"LogMatching", [](Lines& l) { l.Start(1).Start(2).Persist(1, 1, {1}, 1, 0, 7); },
       [](Lines& l) { l.Persist(2, 1, {1}, 1, 0, 8); },
       [](Lines& l) { l.Persist(2, 1, {2}, 2, 0, 8); }},
      // The log that conflicts was overwritten long ago.
      {"LogMatching",
       [](Lines& l) {
         l.Start(1).Start(2).Persist(1, 1, {1, 1}, 1).Persist(1, 1, {2}, 2);
       },
       [](Lines& l) {
         l.Persist(2, 1, {1, 1}, 1, 0, 9);
       },
       [](Lines& l) {
         l.Persist(2, 1, {1, 1}, 1);
       }},
      {"LeaderCompleteness",
       [](Lines& l) { l.Start(1).Start(2).Persist(1, 1, {1}, 1, 1).Persist(2, 1, {}, 2); },
       [](Lines& l) { l.Lead(2, 2); }, [](Lines& l) { l.Persist(2, 1, {1}, 2).Lead(2, 2, 1); }},
      // The leader of a later term says nothing while an older leader commits.
      {"LeaderCompleteness",
       [](Lines& l) {
         l.Start(1).Start(2).State(Name::kReady, 1, 1).Persist(2, 1, {}, 2).Lead(2, 2);
       },
       [](Lines& l) { l.Persist(1, 1, {1}, 1, 1); },
       [](Lines& l) { l.State(Name::kBecomeFollower, 2, 3).Persist(1, 1, {1}, 1, 1); }},
      {"StateMachineSafety", [](Lines& l) { l.Start(1).Start(2).Persist(1, 1, {1}, 1, 1); },
       [](Lines& l) { l.Persist(2, 1, {2}, 2, 1); },
       [](Lines& l) { l.Persist(2, 1, {2}, 2).Persist(2, 1, {1}, 3, 1); }},
      {"StateMachineSafety", [](Lines& l) { l.Start(1).Start(2).Apply(1, 1, 1, 7, 0); },
       [](Lines& l) { l.Apply(2, 1, 1, 8, 0); }, [](Lines& l) { l.Apply(2, 1, 1, 7, 0); }},
      {"StateMachineSafety", [](Lines& l) { l.Start(1).Start(2).Apply(1, 1, 1, 7, 0); },
       [](Lines& l) { l.Apply(2, 1, 1, 7, 1); }, [](Lines& l) { l.Apply(2, 1, 1, 7, 0); }},
      {"CommitWithinLog", [](Lines& l) { l.Start(1); },
       [](Lines& l) { l.State(Name::kCommit, 1, 1, 2, 1); },
       [](Lines& l) { l.State(Name::kCommit, 1, 1, 1, 1); }},
      {"ReadsSeeCommitted",
       [](Lines& l) { l.Start(1).State(Name::kCommit, 1, 1, 2, 2).Read(Name::kReadIndex, 1); },
       [](Lines& l) { l.Read(Name::kReadState, 1, 1); },
       [](Lines& l) { l.Read(Name::kReadState, 1, 2); }},
      {"TermMonotonic", [](Lines& l) { l.Start(1).State(Name::kReady, 1, 2); },
       [](Lines& l) { l.State(Name::kReady, 1, 1); },
       [](Lines& l) { l.Crash(1, 1, 0).State(Name::kBecomeFollower, 1, 1); }},
      {"TermMonotonic", [](Lines& l) { l.Start(1).Persist(1, 1, {}, 2); },
       [](Lines& l) { l.Crash(1, 1, 0); }, [](Lines& l) { l.Crash(1, 2, 0); }},
      {"CommitMonotonic", [](Lines& l) { l.Start(1).State(Name::kReady, 1, 1, 2, 2); },
       [](Lines& l) { l.State(Name::kReady, 1, 1, 1, 2); },
       [](Lines& l) { l.Crash(1, 1, 0).State(Name::kBecomeFollower, 1, 1, 0, 2); }},
      {"CommitMonotonic",
       [](Lines& l) {
         l.Start(1).Persist(1, 1, {1, 1}, 1, 2);
       },
       [](Lines& l) { l.Persist(1, 3, {1}, 1, 1); }, [](Lines& l) { l.Persist(1, 3, {1}, 1, 3); }},
      {"LeaderAppendOnly",
       [](Lines& l) { l.Start(1).Lead(1, 1, 1).State(Name::kReady, 1, 1, 0, 3, Role::kLeader); },
       [](Lines& l) { l.State(Name::kReady, 1, 1, 0, 2, Role::kLeader); },
       [](Lines& l) {
         l.State(Name::kBecomeFollower, 1, 2, 0, 3).State(Name::kReady, 1, 2, 0, 1).Lead(1, 3, 1);
       }},
  };
  return cases;
}

TEST(Properties, AreSeenInTheLinesAlone) {
  std::set<std::string_view> seen;
  for (std::size_t k = 0; k < Cases().size(); ++k) {
    const Case& one = Cases()[k];
    SCOPED_TRACE("case " + std::to_string(k) + ", " + std::string(one.property));
    Lines begun;
    one.begin(begun);
    EXPECT_EQ(begun.Broken(), "");
    Lines wrong = begun;
    one.wrong(wrong);
    EXPECT_EQ(wrong.Broken(), one.property);
    one.right(begun);
    EXPECT_EQ(begun.Broken(), "");
    seen.insert(one.property);
  }
  for (const PropertyRow& row : kProperties) {
    EXPECT_EQ(row.lines, seen.count(row.name) == 1) << row.name;
  }
}

// The goals, and TypeOK, which is not of Raft, are all that the models have more.
TEST(Properties, OfTheModelsAreTheSame) {
  using View = spec::ModelView<3>;
  std::set<std::string_view> models;
  const auto add = [&models](std::string_view name) {
    if (name.substr(0, 5) != "Never" && name != "TypeOK") models.insert(name);
  };
  for (const auto& property : spec::kStateProperties<View>) add(property.name);
  for (const auto& property : spec::kStepProperties<View>) add(property.name);
  std::set<std::string_view> listed;
  for (const PropertyRow& row : kProperties) {
    EXPECT_TRUE(row.models || row.lines || row.explanation || row.run) << row.name;
    if (row.models) listed.insert(row.name);
  }
  EXPECT_EQ(models, listed);
}

TEST(Properties, StandOnThePage) {
  const auto mark = [](bool checked) { return checked ? "yes" : ""; };
  std::string table =
      "| property | it says | in models | in the lines | in every explanation | in a run of "
      "`check` |\n"
      "|---|---|---|---|---|---|\n";
  for (const PropertyRow& row : kProperties) {
    std::ostringstream line;
    line << "| `" << row.name << "` | " << row.says << " | " << mark(row.models) << " | "
         << mark(row.lines) << " | " << mark(row.explanation) << " | " << mark(row.run) << " |\n";
    table += line.str();
  }
  std::ifstream file(std::filesystem::path(RAFTCHECK_SOURCE_DIR) / "docs/validating.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(table), std::string::npos)
      << "docs/validating.md must have this table:\n"
      << table;
}

}  // namespace
}  // namespace conformance
