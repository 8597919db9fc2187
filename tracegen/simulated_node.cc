#include "tracegen/simulated_node.h"

#include <utility>

namespace tracegen {
namespace {

class OurNode : public SimulatedNode {
 public:
  explicit OurNode(const raft::Config& config) : node_(config) {}
  void Tick() override { node_.Tick(); }
  void Step(const raft::Message& message) override { node_.Step(message); }
  void Propose(std::string data) override { node_.Propose(std::move(data)); }
  void Campaign() override { node_.Campaign(); }
  bool HasReady() const override { return node_.HasReady(); }
  raft::Ready TakeReady() override { return node_.TakeReady(); }
  void Advance() override { node_.Advance(); }

 private:
  raft::Node node_;
};

}  // namespace

std::unique_ptr<SimulatedNode> MakeNode(const raft::Config& config) {
  return std::make_unique<OurNode>(config);
}

}  // namespace tracegen
