// A few nodes with storage in memory, moved by commands in words; each command says what it led to.
// docs/scenarios.md lists the commands.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "raft/node.h"
#include "raft/storage/memory_storage.h"

namespace scenarios {

using Words = std::vector<std::string>;

class Group {
 public:
  // What the command led to, some lines; "unknown command" and the like if it is wrong.
  std::string Do(const Words& words);

 private:
  struct Server {
    std::unique_ptr<raft::MemoryStorage> storage;
    std::unique_ptr<raft::Node> node;
    raft::Config config;
    raft::ConfState conf_state;
    raft::Index applied;
    std::vector<raft::Message> to_write;
    std::vector<raft::Message> to_apply;
  };
  using Command = std::string (Group::*)(const Words&);

  std::string Servers(const Words& words);
  std::string Tick(const Words& words);
  std::string Campaign(const Words& words);
  std::string Propose(const Words& words);
  std::string Change(const Words& words);
  std::string Process(const Words& words);
  std::string Deliver(const Words& words);
  std::string Drop(const Words& words);
  std::string Settle(const Words& words);
  std::string Run(const Words& words);
  std::string Write(const Words& words);
  std::string Apply(const Words& words);
  std::string Status(const Words& words);
  std::string Log(const Words& words);
  std::string Transfer(const Words& words);
  std::string Read(const Words& words);
  std::string Compact(const Words& words);
  std::string Forget(const Words& words);
  std::string Unreachable(const Words& words);
  std::string Cut(const Words& words);
  std::string Heal(const Words& words);
  std::string Restart(const Words& words);

  Server& At(const std::string& word);
  void Start(Server& server);
  std::string TakeReady(Server& server);
  std::string ApplyAll(Server& server, const std::vector<raft::Entry>& entries);
  void Send(raft::Message message);
  std::string DeliverTo(std::uint64_t to);
  bool IsCut(const raft::Message& m) const;

  std::map<std::uint64_t, Server> servers_;
  std::vector<raft::Message> network_;  // in flight, oldest first
  std::set<std::pair<std::uint64_t, std::uint64_t>> cut_;
};

}  // namespace scenarios
