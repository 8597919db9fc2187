// A judge is worth what it refuses: every single-field corruption of accepted traces, and missing,
// repeated and swapped lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "conformance/explain.h"
#include "raft/trace/describe.h"
#include "tests/conformance/features.h"
#include "tests/conformance/mutations.h"
#include "tests/conformance/traces.h"

namespace conformance::testing {
namespace {

bool IsSend(const trace::Event& event) {
  return event.name == trace::EventName::kSendAppendEntriesRequest ||
         event.name == trace::EventName::kSendMessage ||
         event.name == trace::EventName::kSendRequestVoteRequest;
}

bool IsReceive(const trace::Event& event) {
  return event.name == trace::EventName::kReceiveMessage ||
         event.name == trace::EventName::kReceiveAppendEntriesRequest ||
         event.name == trace::EventName::kReceiveAppendEntriesResponse ||
         event.name == trace::EventName::kReceiveRequestVoteRequest ||
         event.name == trace::EventName::kReceiveRequestVoteResponse;
}

Trace WithoutSeq(Trace t) {
  for (trace::Event& event : t.events) event.seq.reset();
  return t;
}

// Copies of `msg` before the k-th event, of which some may still wait for their sender's disk.
std::ptrdiff_t InFlight(const Trace& good, std::size_t k, const trace::Message& msg) {
  const auto count = [&](auto counts) {
    return std::count_if(good.events.begin(), good.events.begin() + static_cast<std::ptrdiff_t>(k),
                         [&](const trace::Event& e) { return e.msg == msg && counts(e); });
  };
  return count([](const trace::Event& e) {
           return !IsReceive(e) && e.name != trace::EventName::kDropMessage;
         }) -
         count([](const trace::Event& e) {
           return IsReceive(e) || e.name == trace::EventName::kDropMessage;
         });
}

// A changed trace can be another behaviour.  Nothing unless there is an argument, which is checked
// here and not believed.
std::string Justification(const Trace& good, std::size_t k, const Mutation& mutation) {
  const trace::Event& was = good.events[k];
  const trace::Event& now = mutation.event;
  const bool network_logged = good.header && good.header->network_logged.value_or(false);
  const auto begin = good.events.begin();
  const auto here = begin + static_cast<std::ptrdiff_t>(k);
  if (!network_logged && IsReceive(was) && was.msg != now.msg) {
    const bool sent = std::any_of(
        begin, here, [&](const trace::Event& e) { return !IsReceive(e) && e.msg == now.msg; });
    if (sent) return "another message that was sent: the network may deliver it, again or early";
  }
  if (network_logged && IsReceive(was) && was.msg != now.msg && InFlight(good, k, *now.msg) > 0) {
    return "another message that is in flight";
  }
  if (was.name == trace::EventName::kReadIndex) {
    const bool answered = std::any_of(here, good.events.end(), [&](const trace::Event& e) {
      return e.name == trace::EventName::kReadState && e.read == was.read;
    });
    if (!answered) return "the read is not answered";
  }
  if (was.name == trace::EventName::kReadState && mutation.field == "index") {
    return "any index is right that was committed when it was asked for, or since";
  }
  if (was.name == trace::EventName::kReadState && mutation.field == "read") {
    const bool asked = std::any_of(begin, here, [&](const trace::Event& e) {
      return e.name == trace::EventName::kReadIndex && e.node == was.node && e.read == now.read;
    });
    if (asked) return "another read that the server was asked for; an answer may come twice";
  }
  if (mutation.field == "result") {
    const auto same = [&](const trace::Event& e) { return e.result && e.index == was.index; };
    if (std::count_if(begin, good.events.end(), same) == 1) return "nobody else applies the entry";
  }
  if (mutation.field == "entry.digest") {
    const auto shows = [&](const trace::Event& e) {
      const auto& ents = e.msg && e.msg->ents ? e.msg->ents : e.ents;
      return ents && std::find(ents->begin(), ents->end(), *was.entry) != ents->end();
    };
    if (std::none_of(here, good.events.end(), shows)) return "the entry is never written or sent";
  }
  if (was.name == trace::EventName::kCompact && mutation.field == "index") {
    const bool shows = std::any_of(here, good.events.end(), [&](const trace::Event& e) {
      const bool sends = e.name == trace::EventName::kSendAppendEntriesRequest;
      return e.node == was.node && sends && e.msg->type == trace::MessageType::kMsgApp &&
             *e.msg->index < *now.index;
    });
    if (!shows) return "nothing is read from there";
  }
  if (was.name == trace::EventName::kChangeConf && mutation.field.starts_with("prop.cc")) {
    return "what a change makes of the configuration is compared where it is applied";
  }
  if (was.name == trace::EventName::kCrash) {
    const bool starts = std::any_of(here, good.events.end(), [&](const trace::Event& e) {
      return e.node == was.node && e.name == trace::EventName::kInitState;
    });
    if (!starts) return "the server does not come back";
  }
  if (IsSend(was) && was.msg != now.msg) {
    const auto same = [&](const trace::Event& e) { return IsSend(e) && e.msg == was.msg; };
    const bool arrives = std::any_of(here, good.events.end(), [&](const trace::Event& e) {
      return IsReceive(e) && e.msg == was.msg;
    });
    if (!arrives) return "the message never arrives: nothing shows what it said";
    if (std::count_if(begin, good.events.end(), same) > 1) return "the same message was sent twice";
  }
  using Name = trace::EventName;
  const auto of_server = [&](trace::NodeId node) {
    return [node](const trace::Event& e) { return e.node == node; };
  };
  if (was.name == Name::kBecomePreCandidate && was.node != now.node) {
    const auto last =
        std::find_if(std::make_reverse_iterator(here), good.events.rend(), of_server(was.node));
    const auto next = std::find_if(here, good.events.end(), of_server(now.node));
    const bool is_one = last != good.events.rend() && last->role == trace::Role::kPreCandidate;
    if (is_one && next != good.events.end() && next->name == Name::kBecomePreCandidate) {
      return "one that is a pre-candidate already, and one that becomes it soon, begin again";
    }
  }
  const bool etcds = !good.header;
  if (etcds && was.name == Name::kBecomeFollower && was.node != now.node) {
    const auto last =
        std::find_if(std::make_reverse_iterator(here), good.events.rend(), of_server(now.node));
    if (last != good.events.rend() && last->state == now.state && last->conf == now.conf) {
      return "a pre-candidate that no line has shown gives up";
    }
  }
  if (etcds && was.name == Name::kChangeConf && mutation.field == "prop.cc.changes[].action") {
    using Action = trace::SingleConfChange::Action;
    const auto& a = (*was.prop->cc->changes)[0].action;
    const auto& b = (*now.prop->cc->changes)[0].action;
    if (a != Action::kAddNewServer && b != Action::kAddNewServer) {
      return "no longer a voter either way: etcd does not trace learners";
    }
  }
  if (etcds && std::none_of(here + 1, good.events.end(), of_server(was.node))) {
    const bool starts = here >= begin + 2 && (here - 2)->name == Name::kInitState;
    if (starts && was.name == Name::kBecomeFollower) {
      return "what a new server has on its disk, of which nothing is seen again";
    }
  }
  if (was.name == trace::EventName::kReady && was.node != now.node) {
    Trace without = WithoutSeq(good);
    without.events.erase(without.events.begin() + static_cast<std::ptrdiff_t>(k));
    if (Judge(without).verdict == Verdict::kAccepted) {
      return "the Ready changed nothing, and the other server shows the same";
    }
  }
  if (was.name == trace::EventName::kPersist && mutation.field == "durable.commit") {
    const bool crashes = std::any_of(here, good.events.end(), [&](const trace::Event& e) {
      return e.node == was.node && e.name == trace::EventName::kCrash;
    });
    const bool persists = std::any_of(here + 1, good.events.end(), [&](const trace::Event& e) {
      return e.node == was.node && e.name == trace::EventName::kPersist;
    });
    if (!crashes || persists) return "a commit index need not be synced, and no crash shows it";
  }
  return {};
}

struct Tally {
  int mutations = 0;
  int justified = 0;
};

// Of all events but the last few, after which there is nothing that could show a wrong one.
Tally MutateEveryField(const Trace& good, std::size_t last = 0) {
  Tally tally;
  Trace bad = good;
  for (std::size_t k = 0; k + last < good.events.size(); ++k) {
    for (const Mutation& mutation : Mutator::Of(good.events[k])) {
      ++tally.mutations;
      bad.events[k] = mutation.event;
      if (Judge(bad).verdict == Verdict::kAccepted) {
        const std::string why = Justification(good, k, mutation);
        if (why.empty()) {
          ADD_FAILURE() << "accepted although " << mutation.field << " was changed: event " << k + 1
                        << ", " << trace::Describe(good.events[k]) << ", into "
                        << trace::Describe(mutation.event);
        }
        ++tally.justified;
      }
      bad.events[k] = good.events[k];
    }
  }
  return tally;
}

TEST(Corruption, EveryFieldOfOurOwnTraceIsChecked) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  ASSERT_EQ(Judge(good).verdict, Verdict::kAccepted);
  const Tally tally = MutateEveryField(good);
  EXPECT_GT(tally.mutations, 10000);
  EXPECT_LT(tally.justified, tally.mutations / 1000);
}

TEST(Corruption, EveryFieldOfWhateverOurLibraryDoesIsChecked) {
  for (const bool async : {false, true}) {
    int mutations = 0;
    constexpr std::size_t kLast = 120;
    for (const ShortTrace& one : ShortTraces(2, kLast + 12, async)) {
      SCOPED_TRACE(one.name);
      ASSERT_EQ(Judge(one.trace).verdict, Verdict::kAccepted);
      const Tally tally = MutateEveryField(one.trace, kLast);
      mutations += tally.mutations;
      EXPECT_LE(tally.justified, tally.mutations / 20);
    }
    EXPECT_GT(mutations, 10000);
  }
}

TEST(Corruption, EveryFieldOfEtcdsTracesIsChecked) {
  if (!EtcdTrace("part3.ndjson")) GTEST_SKIP() << "no real traces beside this checkout";
  int mutations = 0;
  for (const char* name :
       {"basic3.ndjson", "part3.ndjson", "prevote3.ndjson", "n3-dup.ndjson",
        "n3-restart-raw.ndjson", "n3-conf-learner.ndjson", "n3-snap-oldnode.ndjson"}) {
    const Trace good = ReadTrace(*EtcdTrace(name));
    ASSERT_EQ(Judge(good).verdict, Verdict::kAccepted) << name;
    const Tally tally = MutateEveryField(good);
    mutations += tally.mutations;
    EXPECT_LT(tally.justified, tally.mutations / 20) << name;
  }
  EXPECT_GT(mutations, 10000);
}

TEST(Corruption, MissingRepeatedAndSwappedLinesAreRefusedByTheirNumbers) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  for (std::size_t k = 0; k + 1 < good.events.size(); ++k) {
    Trace missing = good;
    missing.events.erase(missing.events.begin() + static_cast<std::ptrdiff_t>(k));
    EXPECT_EQ(Judge(missing).verdict, Verdict::kRejected) << k;
    Trace swapped = good;
    std::swap(swapped.events[k], swapped.events[k + 1]);
    EXPECT_EQ(Judge(swapped).verdict, Verdict::kRejected) << k;
    Trace repeated = good;
    repeated.events.insert(repeated.events.begin() + static_cast<std::ptrdiff_t>(k),
                           good.events[k]);
    EXPECT_EQ(Judge(repeated).verdict, Verdict::kRejected) << k;
  }
}

// Which events can be missing, without numbers, from a trace that stays a behaviour: those that
// leave no mark.  A message that never arrives may as well not have been queued, one of an older
// term may as well be in flight still; a commit may have changed nothing; a crash may hide a Ready.
TEST(Corruption, WithoutNumbersOnlyLinesThatLeaveNoMarkCanBeMissing) {
  const Trace good = WithoutSeq(Record(ReadSchedule("tlc.schedule")));
  ASSERT_EQ(Judge(good).verdict, Verdict::kAccepted);
  using Name = trace::EventName;
  const std::set<Name> may_leave_no_mark = {
      Name::kCommit,  // nothing was committed by it
      Name::kApply,   // the last of a server
      Name::kSendAppendEntriesRequest,
      Name::kSendRequestVoteRequest,
      Name::kSendRequestVoteResponse,
      Name::kDuplicateMessage,
      Name::kReceiveAppendEntriesResponse,  // old news, or it stays in flight
      Name::kReceiveRequestVoteResponse,
      Name::kReceiveAppendEntriesRequest,  // of an older term
      Name::kReceiveRequestVoteRequest,    // likewise
      Name::kReady,                        // before a crash
      Name::kPersist,                      // of nothing but a commit index
  };
  int accepted = 0;
  for (std::size_t k = 0; k + 20 < good.events.size(); ++k) {
    Trace missing = good;
    missing.events.erase(missing.events.begin() + static_cast<std::ptrdiff_t>(k));
    if (Judge(missing).verdict != Verdict::kAccepted) continue;
    ++accepted;
    EXPECT_TRUE(may_leave_no_mark.contains(good.events[k].name))
        << "event " << k + 1 << " "
        << trace::kEventNames[static_cast<std::size_t>(good.events[k].name)];
  }
  EXPECT_LT(accepted, static_cast<int>(good.events.size()) / 5);
}

TEST(Corruption, AMissingOrSwappedLineOfEtcdsIsRefused) {
  const auto path = EtcdTrace("part3.ndjson");
  if (!path) GTEST_SKIP() << "no real traces beside this checkout";
  const Trace good = ReadTrace(*path);
  // Line 42 of the file answers a vote request, 43 is the Ready that makes the vote durable, 45 the
  // election, 55 an acknowledgement, 63 a commit.
  for (const std::size_t line : {34U, 40U, 41U, 42U, 43U, 44U, 45U, 46U, 47U, 53U, 54U, 55U, 63U}) {
    Trace missing = good;
    missing.events.erase(missing.events.begin() + static_cast<std::ptrdiff_t>(line - 1));
    EXPECT_EQ(Judge(missing).verdict, Verdict::kRejected) << "without line " << line;
  }
  for (const std::size_t line : {34U, 40U, 41U, 42U, 44U, 45U, 46U, 54U, 55U, 62U}) {
    Trace swapped = good;
    std::swap(swapped.events[line - 1], swapped.events[line]);
    // Or violated: BecomeFollower before the request that makes it, whose line shows the older
    // term.
    EXPECT_NE(Judge(swapped).verdict, Verdict::kAccepted) << "lines " << line << " swapped";
  }
}

TEST(Corruption, TheReportNamesLineActionFieldExpectedAndFound) {
  const auto path = EtcdTrace("part3.ndjson");
  if (!path) GTEST_SKIP() << "no real traces beside this checkout";
  Trace bad = ReadTrace(*path);
  bad.events[62].state->commit = 5;  // line 63: Commit
  const Report report = Judge(bad);
  ASSERT_EQ(report.verdict, Verdict::kRejected);
  ASSERT_TRUE(report.rejection.has_value());
  EXPECT_EQ(report.rejection->line, 63U);
  EXPECT_EQ(report.rejection->action, "AdvanceCommitIndex");
  const std::string text = ReportText(report, "part3.ndjson", false);
  EXPECT_NE(text.find("REJECTED part3.ndjson:63: server 3 Commit"), std::string::npos) << text;
  EXPECT_NE(text.find("state.commit: expected 4, found 5"), std::string::npos) << text;
  EXPECT_NE(text.find("server 3: Leader term 2"), std::string::npos) << text;
}

}  // namespace
}  // namespace conformance::testing
