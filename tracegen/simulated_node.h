// The one small interface through which the cluster talks to a node.  Another implementation of
// Raft stands behind it as well as ours does; what a node is asked, and what it hands out, are
// plain structs.  Nodes write their own trace events; the cluster writes the environment's.
#pragma once

#include <functional>
#include <memory>

#include "raft/node.h"

namespace tracegen {

class SimulatedNode {
 public:
  virtual ~SimulatedNode() = default;
  virtual void Tick() = 0;
  // False if the message could not be for this node.
  virtual bool Step(raft::Message message) = 0;
  virtual void Propose(raft::Payload data) = 0;
  virtual void ProposeConfChange(const raft::ConfChange& change) = 0;
  virtual raft::ConfState ApplyConfChange(const raft::ConfChange& change) = 0;
  virtual void Campaign() = 0;
  virtual void TransferLeader(raft::NodeId to) = 0;
  virtual void ForgetLeader() = 0;
  virtual void ReadIndex(raft::Payload context) = 0;
  virtual void ReportUnreachable(raft::NodeId id) = 0;
  virtual void ReportSnapshot(raft::NodeId id, bool success) = 0;
  virtual raft::Status status() const = 0;
  virtual bool HasReady() const = 0;
  virtual raft::Ready& TakeReady() = 0;
  // What the last Ready asked for is done.
  virtual void Advance() = 0;
};

// Makes a node over what its storage holds.
using StartNode = std::function<std::unique_ptr<SimulatedNode>(const raft::Config&)>;

// Our own library.
std::unique_ptr<SimulatedNode> MakeNode(const raft::Config& config);

}  // namespace tracegen
