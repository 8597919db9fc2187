// What our library does, written with etcd's events and fields only, and with a header that says no
// more than what etcd does otherwise.  The judge must get along with what is left.
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/explain.h"
#include "tests/conformance/traces.h"
#include "tracegen/generator.h"

namespace conformance::testing {
namespace {

bool IsEtcds(const trace::Event& event) { return event.name <= trace::EventName::kReceiveSnapshot; }

Trace AsEtcdWrites(const Trace& ours) {
  Trace etcds;
  trace::Header header;
  header.version = ours.header->version;
  header.servers = ours.header->servers;
  header.learners = ours.header->learners;
  header.answers_older_terms = ours.header->answers_older_terms;
  header.votes_carry_commit = ours.header->votes_carry_commit;
  header.lease_reads = ours.header->lease_reads;
  etcds.header = header;
  for (trace::Event event : ours.events) {
    if (!IsEtcds(event)) continue;
    event.seq.reset();
    event.lead.reset();
    event.entry.reset();
    event.index.reset();
    event.ents.reset();
    event.durable.reset();
    event.result.reset();
    event.read.reset();
    if (event.msg) {
      event.msg->ents.reset();
      event.msg->force.reset();
      event.msg->snapshot.reset();
    }
    if (event.prop && event.prop->cc) {
      event.prop->cc->members.reset();
      event.prop->cc->transition.reset();
    }
    etcds.events.push_back(event);
  }
  return etcds;
}

TEST(EtcdView, WhatOurLibraryDoesIsAcceptedAsEtcdWritesIt) {
  int judged = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const tracegen::Schedule schedule = tracegen::GenerateSchedule(seed, {});
    const Trace trace = AsEtcdWrites(Record(schedule));
    const Report report = Judge(trace);
    EXPECT_EQ(report.verdict, Verdict::kAccepted) << "seed " << seed << "\n"
                                                  << ReportText(report, "etcd's view", false);
    ++judged;
  }
  EXPECT_GT(judged, 100);
}

}  // namespace
}  // namespace conformance::testing
