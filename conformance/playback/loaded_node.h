// A node of our library in the state that a server of a model is in, brought there by the inputs
// that a host and peers can give: storage, messages, campaigns, proposals.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "raft/node.h"
#include "raft/storage/memory_storage.h"
#include "spec/model/mc_raft.h"

namespace playback {

// A server as both sides see it.  Entries are compared by their terms: what opens a leader's term
// is an empty entry in the library and any entry in a model.
struct VisibleState {
  std::uint64_t term = 0;
  std::uint64_t vote = 0;  // servers from 1 on, 0 for nobody
  std::uint64_t leader = 0;
  std::uint64_t commit = 0;
  raft::Role role = raft::Role::kFollower;
  std::vector<std::uint64_t> log;    // terms
  std::vector<std::uint64_t> match;  // of a leader, by server
  friend bool operator==(const VisibleState&, const VisibleState&) = default;
};
std::string Describe(const VisibleState& view);

using ModelOfPlay = spec::McRaft<spec::kSmallModel>;
using ModelMessage = ModelOfPlay::Next::Network::Message;

VisibleState ViewOf(const ModelOfPlay& model, const ModelOfPlay::State& state, spec::Server i);

class LoadedNode {
 public:
  // Nothing if the library never rests in such a state: it goes on at once.
  static std::optional<LoadedNode> Load(const ModelOfPlay& model, const ModelOfPlay::State& state,
                                        spec::Server i);
  VisibleState View();
  // What it does now goes to its disk; messages are what it would send.
  void Finish();
  raft::Node& node() { return *node_; }
  const std::vector<raft::Message>& sent() const { return sent_; }

 private:
  LoadedNode(const ModelOfPlay& model, spec::Server i);
  void Start(const ModelOfPlay& model, const ModelOfPlay::State& state, spec::LogId log,
             std::uint64_t term, std::uint64_t vote, std::uint64_t commit);
  bool MakeLeader(const ModelOfPlay& model, const ModelOfPlay::State& state);
  bool MakeCandidate(const ModelOfPlay& model, const ModelOfPlay::State& state);
  void StepFrom(spec::Server j, raft::MessageType type, std::uint64_t term, bool reject,
                std::uint64_t index = 0);
  void Process();
  // The next Ready, which goes to the disk.
  raft::Ready& Write();

  spec::Server i_;
  std::vector<spec::Server> servers_;
  std::unique_ptr<raft::MemoryStorage> storage_;
  std::unique_ptr<raft::Node> node_;
  std::vector<raft::Message> sent_;
};

// The message as the library knows it.
raft::MessageType ToRaft(spec::MessageType type);
raft::Message ToRaft(const ModelMessage& m);

}  // namespace playback
