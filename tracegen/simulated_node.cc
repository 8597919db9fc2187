#include "tracegen/simulated_node.h"

#include <utility>

namespace tracegen {
namespace {

class OurNode : public SimulatedNode {
 public:
  explicit OurNode(const raft::Config& config) : node_(config) {}
  void Tick() override { node_.Tick(); }
  bool Step(raft::Message message) override { return node_.Step(std::move(message)); }
  void Propose(raft::Payload data) override { node_.Propose(std::move(data)); }
  void ProposeConfChange(const raft::ConfChange& change) override {
    node_.ProposeConfChange(change);
  }
  raft::ConfState ApplyConfChange(const raft::ConfChange& change) override {
    return node_.ApplyConfChange(change);
  }
  void Campaign() override { node_.Campaign(); }
  void TransferLeader(raft::NodeId to) override { node_.TransferLeader(to); }
  void ForgetLeader() override { node_.ForgetLeader(); }
  void ReadIndex(raft::Payload context) override { node_.ReadIndex(std::move(context)); }
  void ReportUnreachable(raft::NodeId id) override { node_.ReportUnreachable(id); }
  void ReportSnapshot(raft::NodeId id, bool success) override { node_.ReportSnapshot(id, success); }
  raft::Status status() const override { return node_.status(); }
  bool HasReady() const override { return node_.HasReady(); }
  raft::Ready& TakeReady() override { return node_.TakeReady(); }
  void Advance() override { node_.Advance(); }

 private:
  raft::Node node_;
};

}  // namespace

std::unique_ptr<SimulatedNode> MakeNode(const raft::Config& config) {
  return std::make_unique<OurNode>(config);
}

}  // namespace tracegen
