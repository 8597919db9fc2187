// The judge must refuse wrong traces: here every single-field corruption of accepted traces.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "conformance/report/report.h"
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

// Copies of `msg` that were sent before the k-th event; some may still wait for their sender's
// disk.
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

// A changed trace can be another valid behaviour.  Returns the reason, which this function
// verifies; empty if there is none.
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
  const bool takes = IsReceive(was) || was.name == trace::EventName::kDropMessage;
  if (network_logged && takes && was.msg != now.msg && InFlight(good, k, *now.msg) > 0) {
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
    const auto next = std::find_if(here, good.events.end(), [&](const trace::Event& e) {
      return e.node == now.node && (e.role || e.name == Name::kCrash);
    });
    const auto was_one = [&](trace::NodeId node) {
      const auto last = std::find_if(
          std::make_reverse_iterator(here), good.events.rend(),
          [node](const trace::Event& e) { return e.node == node && e.role.has_value(); });
      return last != good.events.rend() && last->role == trace::Role::kPreCandidate;
    };
    const bool is_one = was_one(was.node);
    if (is_one && was_one(now.node)) {
      return "two pre-candidates: one asks again without beginning again, the other begins again";
    }
    const bool shows = next != good.events.end() && next->name != Name::kBecomePreCandidate &&
                       next->name != Name::kCrash && next->name != Name::kInitState;
    if (is_one && !shows) {
      return "one that is a pre-candidate already, and one that becomes it soon or is not seen";
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
    if (JudgeTrace(without).verdict == Verdict::kAccepted) {
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
    if (*now.durable->commit < *was.durable->commit) {
      return "a commit index need not be synced, and may survive a crash all the same";
    }
  }
  return {};
}

struct Tally {
  int mutations = 0;
  int justified = 0;
};

// Leaves out the last `last` events: nothing after them could show that they are wrong.
Tally MutateEveryField(const Trace& good, std::size_t last = 0) {
  Tally tally;
  OtherEvents others(good);
  for (std::size_t k = 0; k + last < good.events.size(); ++k) {
    for (const Mutation& mutation : Mutator::Of(good.events[k])) {
      ++tally.mutations;
      if (others.JudgeWith(mutation.event, k).verdict == Verdict::kAccepted) {
        const std::string why = Justification(good, k, mutation);
        if (why.empty()) {
          ADD_FAILURE() << "accepted although " << mutation.field << " was changed: event " << k + 1
                        << ", " << trace::Describe(good.events[k]) << ", into "
                        << trace::Describe(mutation.event);
        }
        ++tally.justified;
      }
    }
  }
  return tally;
}

TEST(Corruption, EveryFieldOfOurOwnTraceIsChecked) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  ASSERT_EQ(JudgeTrace(good).verdict, Verdict::kAccepted);
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
      ASSERT_EQ(JudgeTrace(one.trace).verdict, Verdict::kAccepted);
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
    ASSERT_EQ(JudgeTrace(good).verdict, Verdict::kAccepted) << name;
    const Tally tally = MutateEveryField(good);
    mutations += tally.mutations;
    EXPECT_LT(tally.justified, tally.mutations / 20) << name;
  }
  EXPECT_GT(mutations, 10000);
}

}  // namespace
}  // namespace conformance::testing
