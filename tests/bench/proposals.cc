// Measures proposals per second: three nodes with storage in memory, in one thread, commit and
// apply proposals of 64 bytes, and compact their logs meanwhile.  tests/bench/etcd/main.go does the
// same with etcd's Raft; tests/bench/proposals.py runs both.
//
// Usage: proposals_bench PROPOSALS BATCH (off|count|ndjson)      the last: where traces go
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "raft/node.h"
#include "raft/storage/memory_storage.h"
#include "raft/trace/writer.h"

namespace {

constexpr std::uint64_t kKeep = 1000;         // entries that a compaction keeps
constexpr std::uint64_t kCompaction = 10000;  // in entries
constexpr std::size_t kPayload = 64;
const raft::ConfState kConf{{raft::NodeId(1), raft::NodeId(2), raft::NodeId(3)}};

class Count : public trace::Sink {
 public:
  void Emit(const trace::Event& /*event*/) override { ++events; }
  std::uint64_t events = 0;
};

raft::Config ConfigOf(std::uint64_t id, raft::Storage* storage, trace::Sink* sink) {
  raft::Config config;
  config.id = raft::NodeId(id);
  config.storage = storage;
  config.sink = sink;
  return config;
}

struct Server {
  Server(std::uint64_t id, trace::Sink* sink) : node(ConfigOf(id, &storage, sink)) {}
  raft::MemoryStorage storage{kConf};
  raft::Node node;
  std::vector<raft::Message> inbox;
  raft::Index applied;
  raft::Index compacted;
  std::size_t bytes = 0;
};
using Servers = std::array<std::unique_ptr<Server>, 3>;

void Compact(Server& s) {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->index = s.applied;
  snapshot->term = s.storage.TermAt(s.applied);
  snapshot->conf_state = kConf;
  s.storage.SaveSnapshot(std::move(snapshot));
  s.storage.Compact(s.applied - kKeep);
  s.compacted = s.applied;
}

bool Process(Server& s, Servers& all) {
  if (!s.node.HasReady()) return false;
  raft::Ready& ready = s.node.TakeReady();
  if (ready.hard_state) s.storage.SetHardState(*ready.hard_state);
  s.storage.Append(ready.entries);
  for (raft::Message& m : ready.messages) all[m.to.value() - 1]->inbox.push_back(std::move(m));
  for (const raft::Entry& entry : ready.committed_entries) {
    s.applied = entry.index;
    s.bytes += entry.data.size();
  }
  if (s.applied >= s.compacted + kCompaction) Compact(s);
  s.node.Advance();
  return true;
}

void Settle(Servers& all) {
  for (bool busy = true; busy;) {
    busy = false;
    for (auto& s : all) busy = Process(*s, all) || busy;
    for (auto& s : all) {
      for (raft::Message& m : s->inbox) {
        s->node.Step(std::move(m));
        busy = true;
      }
      s->inbox.clear();
    }
  }
}

int Main(std::uint64_t proposals, std::uint64_t batch, std::string_view traces) {
  Count count;
  std::ofstream null("/dev/null");
  trace::Writer writer(null);
  trace::Sink* sink = traces == "off" ? nullptr : &count;
  if (traces == "ndjson") sink = &writer;
  Servers all;
  for (std::uint64_t k = 0; k < all.size(); ++k) all[k] = std::make_unique<Server>(k + 1, sink);
  all[0]->node.Campaign();
  Settle(all);
  const raft::Index before = all[0]->applied;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t done = 0; done < proposals; done += batch) {
    for (std::uint64_t k = 0; k < batch; ++k) {
      std::array<char, kPayload> data{};
      data[0] = static_cast<char>(k);
      all[0]->node.Propose(raft::Payload(std::string_view(data.data(), data.size())));
    }
    Settle(all);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  for (const auto& s : all) {
    if (s->applied - before == proposals) continue;
    std::cerr << "applied " << (s->applied - before) << " of " << proposals << "\n";
    return 1;
  }
  std::printf("%.0f\n", static_cast<double>(proposals) / seconds.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 3) {
    const std::uint64_t proposals = std::strtoull(args[0].c_str(), nullptr, 10);
    const std::uint64_t batch = std::strtoull(args[1].c_str(), nullptr, 10);
    const bool known = args[2] == "off" || args[2] == "count" || args[2] == "ndjson";
    if (proposals > 0 && batch > 0 && proposals % batch == 0 && known) {
      return Main(proposals, batch, args[2]);
    }
  }
  std::cerr << "usage: proposals_bench PROPOSALS BATCH (off|count|ndjson)\n";
  return 2;
}
