// On the steady path a node allocates memory only for the entries of each message that it sends,
// because they leave with the message.  This test is an executable of its own, because it counts
// every allocation of the process.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "raft/node.h"
#include "raft/storage/memory_storage.h"
#include "tests/allocation/allocate.h"

namespace raft {
namespace {

const ConfState kThree{{NodeId(1), NodeId(2), NodeId(3)}};

struct Counting {
  Counting() { allocation::counting = true; }
  ~Counting() { allocation::counting = false; }
};

struct Server {
  explicit Server(std::uint64_t id) {
    Config config;
    config.id = NodeId(id);
    config.storage = &storage;
    node = std::make_unique<Node>(config);
    inbox.reserve(64);
  }
  MemoryStorage storage{kThree};
  std::unique_ptr<Node> node;
  std::vector<Message> inbox;
};

class Trio {
 public:
  Trio() {
    for (std::uint64_t id = 1; id <= 3; ++id) servers_.push_back(std::make_unique<Server>(id));
    servers_[0]->node->Campaign();
    Settle();
  }

  void Propose(const Payload& payload) {
    {
      const Counting count;
      servers_[0]->node->Propose(payload);
    }
    Settle();
  }

  Index applied(std::size_t k) const { return servers_[k]->node->applied(); }

 private:
  bool Process(Server& s) {
    if (!s.node->HasReady()) return false;
    Ready* ready = nullptr;
    {
      const Counting count;
      ready = &s.node->TakeReady();
    }
    // Allocations of the host are not counted.
    if (ready->hard_state) s.storage.SetHardState(*ready->hard_state);
    s.storage.Append(ready->entries);
    for (Message& m : ready->messages) {
      servers_[m.to.value() - 1]->inbox.push_back(std::move(m));
    }
    const Counting count;
    s.node->Advance();
    return true;
  }

  void Settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& s : servers_) busy = Process(*s) || busy;
      for (auto& s : servers_) {
        for (Message& m : s->inbox) {
          const Counting count;
          s->node->Step(std::move(m));
          busy = true;
        }
        s->inbox.clear();
      }
    }
  }

  std::vector<std::unique_ptr<Server>> servers_;
};

TEST(Allocation, AProposalOnItsWayThroughThreeNodesAllocatesTheMessagesToTwoFollowers) {
  Trio trio;
  const Payload payload(std::string(64, 'x'));
  for (int k = 0; k < 100; ++k) trio.Propose(payload);
  allocation::made = 0;
  constexpr std::uint64_t kProposals = 1000;
  for (std::uint64_t k = 0; k < kProposals; ++k) trio.Propose(payload);
  constexpr int kFollowers = 2;
  EXPECT_EQ(allocation::made, static_cast<int>(kProposals) * kFollowers);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(trio.applied(k), Index(1 + 100 + kProposals));
}

TEST(Allocation, TheCountCounts) {
  allocation::made = 0;
  {
    const Counting count;
    const auto memory = std::make_unique<std::array<char, 100>>();
    EXPECT_NE(memory, nullptr);
  }
  EXPECT_GT(allocation::made, 0);
}

}  // namespace
}  // namespace raft
