// Checks the properties on what a trace shows, and on nothing else.  The observer does not know the
// specification, so it is an independent check, and it goes on after a trace has left the
// specification.  It distinguishes a wrong step that does harm (two leaders, two different entries
// applied at one index) from one that does none.
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
  // Keeps the first violation and does not look for later ones.
  void Observe(const trace::Event& event, std::uint64_t line);
  const std::optional<PropertyViolation>& violation() const { return violation_; }
  // Lines of two servers have no order in time.  A read must return only what the server that was
  // asked knew itself.
  void TrustNoClock() { clock_ = false; }
  // True: a Persist after a Ready writes what that Ready handed out, and nothing older.
  void set_writes_at_once(bool at_once) { writes_at_once_ = at_once; }

 private:
  // What the lines have shown of a server since it started.
  struct Seen {
    bool up = false;
    std::uint64_t term = 0;
    std::uint64_t commit = 0;
    std::uint64_t leads = 0;      // the term that it leads, as its last line says; 0: none
    std::uint64_t last = 0;       // while it leads: the last index of its log
    std::uint64_t disk_term = 0;  // what was durable, also of earlier lives
    std::uint64_t disk_commit = 0;
    spec::LogId log = spec::kEmptyLog;      // what Persist lines have written
    spec::LogId durable = spec::kEmptyLog;  // the part of `log` that was synced
    std::uint64_t snapshot = 0;             // index of the newest snapshot
    bool log_known = false;
    // A snapshot came whose entries no line has shown, or a line left something out.  A snapshot of
    // committed entries shows the log again.
    bool log_lost = false;
    bool snapshot_lost = false;  // a line left out which snapshot is the newest
    bool just_ready = false;     // the last line but for Persist was a Ready
  };

  void Violated(std::uint64_t line, const char* property, std::string what);
  void ObserveMonotonic(const trace::Event& event, std::uint64_t line, Seen& seen);
  void ObserveLeader(const trace::Event& event, std::uint64_t line, Seen& seen);
  void CheckLeader(trace::NodeId server, const Seen& seen, std::uint64_t line);
  void ObserveDurable(const trace::Event& event, std::uint64_t line, Seen& seen);
  void ObserveDisk(const trace::Event& event, std::uint64_t line, Seen& seen);
  // Replaces what `log` holds from `first` on.  False if an entry does not tell its term.
  bool Write(spec::LogId& log, std::uint64_t first, const std::vector<trace::Entry>& entries);
  // A snapshot that another server made replaces the log.
  void ObserveSnapshot(const trace::Event& event, Seen& seen);
  void ObserveRead(const trace::Event& event, std::uint64_t line, const Seen& seen);
  void ObserveApply(const trace::Event& event, std::uint64_t line);
  void ObserveCommitted(const trace::Event& event, std::uint64_t line, const Seen& seen);

  std::map<trace::NodeId, Seen> servers_;
  std::map<std::uint64_t, trace::NodeId> leaders_;  // by term
  struct Applied {
    trace::Entry entry;
    trace::NodeId server = 0;
    trace::Field<std::uint64_t> result;  // what the application returned
  };
  std::vector<Applied> applied_;  // by index - 1
  spec::LogTree tree_;
  spec::LogId committed_ = spec::kEmptyLog;
  // (last index, term of the server that first showed it committed), ascending indexes
  std::vector<std::pair<std::uint64_t, std::uint64_t>> committed_at_;
  std::uint64_t most_committed_ = 0;  // by any server
  std::map<std::uint64_t, std::uint64_t>
      reads_;               // read -> what was committed when it was asked for
  bool snapshots_ = false;  // a line spoke of a snapshot
  bool writes_at_once_ = false;
  bool clock_ = true;
  std::optional<PropertyViolation> violation_;
};

}  // namespace conformance
