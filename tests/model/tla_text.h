// A state of a generated model as TLA+ text, for guards.cc.  The module that holds the text defines
// F (a function from servers), E and C (entries), M (a message), Bag and None.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/model/generated_states.h"

namespace spec::testing {

class TlaText {
 public:
  explicit TlaText(const PackedLogs& logs) : logs_(logs) {}

  // Each variable of tla/RaftState.tla, with its value.
  std::vector<std::pair<std::string, std::string>> Variables(const ModelState& state) const;

  static std::string Of(Server i);
  static std::string OfSet(Set set);
  static std::string OfValue(Value value) { return "v" + std::to_string(value); }
  static std::string OfRead(std::uint64_t read);
  std::string OfEntries(LogId log, Index after) const;
  std::string OfMessage(const Network::Message& m) const;
  std::string OfDisk(const Network::Durable& disk) const;
  static std::string OfChange(const ConfChange& change);
  // The definitions of the entries' changes: ChangeList.
  std::string ChangeList() const;

 private:
  std::string OfBag(const ModelState& state, bool queued) const;
  std::string OfCommitted(const ModelState& state) const;
  static std::string OfReads(const ModelState& state);

  const PackedLogs& logs_;
};

}  // namespace spec::testing
