// The transcript of a scenario: what the nodes did, in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "raft/node.h"
#include "tracegen/servers/our_server.h"

namespace scenarios {

std::string Number(auto value) { return std::to_string(value.value()); }
std::string EntriesText(const std::vector<raft::Entry>& entries);
std::string MessageText(const raft::Message& message);  // one line

// Records what the hosts do.
class Transcript : public tracegen::HostObserver {
 public:
  void OnReady(tracegen::ServerId server, const raft::Ready& ready) override;
  void OnStorageWork(const raft::Message& work) override;
  void OnMembership(tracegen::ServerId server, const raft::ConfState& members) override;
  void OnReceive(const raft::Message& message, bool taken) override;

  void Say(const std::string& text) { text_ += text; }
  // Everything that was recorded since the last call.
  std::string Take() { return std::exchange(text_, ""); }

 private:
  std::string text_;
};

}  // namespace scenarios
