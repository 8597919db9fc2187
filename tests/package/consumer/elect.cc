// The library alone: three servers in memory elect a leader and commit a proposal.
#include <raftcheck/version.h>

#include <array>
#include <cstdint>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "raft/node.h"
#include "raft/storage/memory_storage.h"

struct Server {
  raft::MemoryStorage storage{raft::ConfState{{raft::NodeId(1), raft::NodeId(2), raft::NodeId(3)}}};
  std::unique_ptr<raft::Node> node;
  std::vector<raft::Message> inbox;
  std::vector<raft::Payload> applied;
};

int main() {
  std::array<Server, 3> servers;
  for (std::uint64_t k = 0; k < servers.size(); ++k) {
    raft::Config config;
    config.id = raft::NodeId(k + 1);
    config.storage = &servers[k].storage;
    servers[k].node = std::make_unique<raft::Node>(config);
  }
  const auto settle = [&servers] {
    for (bool busy = true; busy;) {
      busy = false;
      for (Server& server : servers) {
        for (raft::Message& message : std::exchange(server.inbox, {})) server.node->Step(message);
        if (!server.node->HasReady()) continue;
        busy = true;
        raft::Ready& ready = server.node->TakeReady();
        server.storage.Append(ready.entries);
        if (ready.hard_state) server.storage.SetHardState(*ready.hard_state);
        for (raft::Message& m : ready.messages) servers[m.to.value() - 1].inbox.push_back(m);
        for (const raft::Entry& entry : ready.committed_entries) {
          if (!entry.data.empty()) server.applied.push_back(entry.data);
        }
        server.node->Advance();
      }
    }
  };
  servers[0].node->Campaign();
  settle();
  servers[0].node->Propose(raft::Payload("hello"));
  settle();
  for (const Server& server : servers) {
    if (server.node->leader() != raft::NodeId(1)) return 1;
    if (server.applied != std::vector<raft::Payload>{"hello"}) return 1;
  }
  std::cout << "raftcheck " RAFTCHECK_VERSION ": three servers applied hello\n";
}
