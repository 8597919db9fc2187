// Compares what a trace says with what the model has, field by field.  Every field that is present
// is compared, and every comparison is counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance/judge/verdict.h"
#include "raft/trace/event.h"
#include "spec/raft_state.h"

namespace conformance {

// The numbers of the servers.  The model counts the servers from 0, in the order in which the trace
// names them first.
class Servers {
 public:
  // kNil if the identifier was not added.
  spec::Server Find(trace::NodeId id) const {
    spec::Server server = 0;  // a plain loop, because there are few
    for (const trace::NodeId known : ids_) {
      if (known == id) return server;
      ++server;
    }
    return spec::kNil;
  }
  // Adds the identifier if it is new; kNil if there are too many servers.
  spec::Server Add(trace::NodeId id);
  trace::NodeId Id(spec::Server server) const {
    return server < ids_.size() ? ids_[server] : trace::NodeId{0};
  }
  // Those of `ids` that were added.
  spec::ServerSet SetOf(const std::vector<trace::NodeId>& ids) const;
  std::size_t size() const { return ids_.size(); }

 private:
  std::vector<trace::NodeId> ids_;
};

trace::Role ToTrace(spec::Role role);
trace::MessageType ToTrace(spec::MessageType type);
spec::MessageType ToSpec(trace::MessageType type);
// The servers of `set`, sorted by identifier.
std::vector<trace::NodeId> IdsOf(spec::ServerSet set, const Servers& servers);

// What an event must show of its server.
struct Shown {
  std::uint64_t term = 0;
  trace::NodeId vote = 0;
  std::uint64_t commit = 0;
  trace::Role role = trace::Role::kFollower;
  std::uint64_t log = 0;
  trace::NodeId lead = 0;
  spec::Config config;
};

// The digests of entries that a trace told after the entries had been appended.  A candidate has
// its own until it is the only one; then the tree of logs keeps them.
using LearntDigests = std::map<spec::LogId, spec::Value>;

class Comparison {
 public:
  Comparison(const Servers& servers, const LearntDigests& learnt)
      : servers_(&servers), learnt_(&learnt) {}

  void State(const trace::Event& event, const Shown& shown);
  void Message(const trace::Message& msg, const spec::Message& m, const spec::LogTree& tree,
               const spec::Constants& constants);
  void Members(const char* what, const spec::Config& config, const trace::Members& found);
  // The last entry of `log`.
  void Entry(const char* term_field, const char* digest_field, const trace::Entry& found,
             const spec::LogTree& tree, spec::LogId log);
  // What the line says is on the disk.
  void Durable(const trace::Durable& found, const spec::ServerState::Durable& disk,
               const spec::LogTree& tree);
  // Does the write of these entries lead from the log `before` to the log `after`?
  void Written(const trace::Field<std::uint64_t>& index,
               const trace::Field<std::vector<trace::Entry>>& ents, spec::LogId before,
               spec::LogId after, const spec::LogTree& tree);
  // The new configuration of an ApplyConfChange line.
  void NewConf(const trace::Event& event, const spec::Config& config);
  void Number(const char* field, std::uint64_t expected, const trace::Field<std::uint64_t>& found) {
    if (!found) return;
    ++compared_;
    if (*found != expected) Differs(field, expected, *found);  // rarely
  }
  void Truth(const char* what, bool expected, bool found);
  void Id(const char* field, trace::NodeId expected, const trace::Field<trace::NodeId>& found);
  void Set(const char* field, spec::ServerSet expected, const std::vector<trace::NodeId>& found);

  bool equal() const { return differences_.empty(); }
  std::uint64_t compared() const { return compared_; }
  std::vector<Difference> TakeDifferences() { return std::move(differences_); }

 private:
  void Differs(const char* field, std::uint64_t expected, std::uint64_t found);
  template <class T, class Text>
  void Check(const char* field, const T& expected, const T& found, Text text);

  const Servers* servers_;
  const LearntDigests* learnt_;
  std::uint64_t compared_ = 0;
  std::vector<Difference> differences_;
};

std::string IdsText(const std::vector<trace::NodeId>& ids);

}  // namespace conformance
