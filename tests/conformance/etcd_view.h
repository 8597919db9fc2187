// Reduces a trace of ours to the events and fields that etcd writes.
#pragma once

#include "tests/conformance/traces.h"

namespace conformance::testing {

inline bool IsEtcds(const trace::Event& event) {
  return event.name <= trace::EventName::kReceiveSnapshot;
}

inline trace::Event AsEtcdWrites(trace::Event event) {
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
    event.msg->sent.reset();
  }
  if (event.prop && event.prop->cc) {
    event.prop->cc->members.reset();
    event.prop->cc->transition.reset();
  }
  return event;
}

// The header states only where etcd differs from the defaults.
inline Trace AsEtcdWrites(const Trace& ours) {
  Trace etcds;
  trace::Header header;
  header.version = ours.header->version;
  header.servers = ours.header->servers;
  header.learners = ours.header->learners;
  header.answers_older_terms = ours.header->answers_older_terms;
  header.votes_carry_commit = ours.header->votes_carry_commit;
  header.lease_reads = ours.header->lease_reads;
  etcds.header = header;
  for (const trace::Event& event : ours.events) {
    if (IsEtcds(event)) etcds.events.push_back(AsEtcdWrites(event));
  }
  return etcds;
}

}  // namespace conformance::testing
