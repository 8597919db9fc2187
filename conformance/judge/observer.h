// The properties, judged from what a trace shows and from nothing else: a second opinion that does
// not know the specification, and that goes on where a trace has left it.  It tells a wrong step
// that does harm (two leaders, two different entries applied at one index) from one that does not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "conformance/judge/verdict.h"
#include "raft/trace/event.h"
#include "spec/log_tree.h"

namespace conformance {

class Observer {
 public:
  // The first violation stays; later ones are not looked for.
  void Observe(const trace::Event& event, std::uint64_t line);
  const std::optional<PropertyViolation>& violation() const { return violation_; }
  // A Persist after a Ready writes what that Ready handed out, never something older.
  // Lines of two servers have no order in time: a read is held to what the server that was asked
  // knew itself.
  void TrustNoClock() { clock_ = false; }
  void set_writes_at_once(bool at_once) { writes_at_once_ = at_once; }

 private:
  // What was last seen of a server since it started.
  struct Seen {
    bool up = false;
    std::uint64_t term = 0;
    std::uint64_t commit = 0;
    spec::LogId log = spec::kEmptyLog;      // what Persist lines wrote
    spec::LogId durable = spec::kEmptyLog;  // as much of it as was synced
    std::uint64_t snapshot = 0;             // index of the newest one
    bool log_known = false;
    bool log_lost = false;    // a snapshot came of which nothing was seen
    bool just_ready = false;  // nothing happened since all that is new was handed out
  };

  void Violated(std::uint64_t line, const char* property, std::string what);
  void ObserveMonotonic(const trace::Event& event, std::uint64_t line, Seen& seen);
  void ObserveLeader(const trace::Event& event, std::uint64_t line, const Seen& seen);
  void ObserveDisk(const trace::Event& event, std::uint64_t line, Seen& seen);
  // A snapshot that was not made here stands in place of the log.
  void ObserveSnapshot(const trace::Event& event, Seen& seen);
  void ObserveRead(const trace::Event& event, std::uint64_t line, const Seen& seen);
  void ObserveApply(const trace::Event& event, std::uint64_t line);
  void ObserveCommitted(const trace::Event& event, std::uint64_t line, const Seen& seen);

  std::map<trace::NodeId, Seen> servers_;
  std::map<std::uint64_t, trace::NodeId> leaders_;  // by term
  struct Applied {
    trace::Entry entry;
    trace::NodeId server = 0;
    trace::Field<std::uint64_t> result;  // what the application made of it
  };
  std::vector<Applied> applied_;  // by index - 1
  spec::LogTree tree_;
  spec::LogId committed_ = spec::kEmptyLog;
  // (last index, term of the server that said so first), ascending indexes
  std::vector<std::pair<std::uint64_t, std::uint64_t>> committed_at_;
  std::uint64_t most_committed_ = 0;              // by anybody
  std::map<std::uint64_t, std::uint64_t> reads_;  // what was committed when they were asked for
  bool writes_at_once_ = false;
  bool clock_ = true;
  std::optional<PropertyViolation> violation_;
};

}  // namespace conformance
