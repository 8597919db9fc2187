// The one small interface through which the cluster talks to a node.  Another implementation of
// Raft stands behind it as well as ours does; what a node is asked, and what it hands out, are
// plain structs.  Nodes write their own trace events; the cluster writes the environment's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "raft/node.h"

namespace tracegen {

class SimulatedNode {
 public:
  virtual ~SimulatedNode() = default;
  virtual void Tick() = 0;
  virtual void Step(const raft::Message& message) = 0;
  virtual void Propose(std::string data) = 0;
  virtual void Campaign() = 0;
  virtual bool HasReady() const = 0;
  virtual raft::Ready TakeReady() = 0;
  // What the last Ready asked for is done.
  virtual void Advance() = 0;
};

// Makes a node over what its storage holds.
using StartNode = std::function<std::unique_ptr<SimulatedNode>(const raft::Config&)>;

// Our own library.
std::unique_ptr<SimulatedNode> MakeNode(const raft::Config& config);

}  // namespace tracegen
