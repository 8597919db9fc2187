// A property test of a user's own server: whatever happens to it, it does only what the
// specification allows.  The server is a host of the library, with a disk that loses nothing.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <utility>

#include "conformance/report/report.h"
#include "conformance/trial/trial.h"
#include "raft/node.h"
#include "raft/storage/memory_storage.h"
#include "raft/trace_message.h"
#include "tracegen/generator/arbitrary.h"
#include "tracegen/server.h"

namespace {

struct MyPacket : tracegen::Packet {
  explicit MyPacket(raft::Message m) : message(std::move(m)) {}
  bool Show(trace::Message& shown) const override { return raft::ShowMessage(message, shown); }
  std::string_view Name() const override { return "message"; }
  raft::Message message;
};

raft::ConfState Everybody(std::uint32_t servers) {
  raft::ConfState everybody;
  for (std::uint64_t id = 1; id <= servers; ++id) everybody.voters.emplace_back(id);
  return everybody;
}

class MyServer : public tracegen::Server {
 public:
  MyServer(const tracegen::ServerConfig& config, bool forgets_votes)
      : config_(config), forgets_votes_(forgets_votes), disk_(Everybody(config.settings.servers)) {}

  void Start() override {
    raft::Config config;
    config.id = raft::NodeId(config_.id);
    config.storage = &disk_;
    config.sink = config_.sink;
    config.seed = config_.settings.seed + 1000 * config_.id + ++starts_;
    node_ = std::make_unique<raft::Node>(config);
  }
  void Crash(std::size_t /*keep*/) override {
    node_.reset();
    if (!forgets_votes_) return;
    raft::HardState state = disk_.Initial().hard_state;
    state.vote = raft::kNone;
    disk_.SetHardState(state);
  }
  bool CrashWriting(tracegen::Interruption /*how*/, std::size_t /*count*/) override {
    return false;
  }
  std::size_t Unsynced() const override { return 0; }

  void Tick() override { node_->Tick(); }
  bool Receive(tracegen::ServerId /*from*/, tracegen::PacketPtr packet) override {
    return node_->Step(static_cast<const MyPacket&>(*packet).message);
  }
  bool HasWork(tracegen::Work work) const override {
    return work == tracegen::Work::kProcess && node_->HasReady();
  }
  bool DoWork(tracegen::Work work) override {
    if (!HasWork(work)) return false;
    raft::Ready& ready = node_->TakeReady();
    disk_.Append(ready.entries);
    if (ready.hard_state) disk_.SetHardState(*ready.hard_state);
    for (raft::Message& message : ready.messages) {
      const auto to = static_cast<tracegen::ServerId>(message.to.value());
      config_.environment->Send(to, std::make_shared<MyPacket>(std::move(message)));
    }
    for (const raft::Entry& entry : ready.committed_entries) {
      config_.environment->Apply(entry.index.value(), entry.data.view());
    }
    node_->Advance();
    return true;
  }

  void Propose(std::string_view command) override { node_->Propose(raft::Payload(command)); }
  void Campaign() override { node_->Campaign(); }
  void ReportUnreachable(tracegen::ServerId to) override {
    node_->ReportUnreachable(raft::NodeId(to));
  }
  // The test bed never calls what kFeatures does not list.
  void Read(std::uint64_t /*read*/) override {}
  void Change(const tracegen::MembershipChange& /*change*/) override {}
  void TransferLeadership(tracegen::ServerId /*to*/) override {}
  void ForgetLeader() override {}
  bool Compact(std::uint64_t /*keep*/) override { return false; }

  tracegen::ServerStatus status() const override {
    const raft::Status from = node_->status();
    tracegen::ServerStatus status;
    status.role = static_cast<tracegen::ServerStatus::Role>(from.soft_state.role);
    status.term = from.hard_state.term.value();
    status.leader = static_cast<tracegen::ServerId>(from.soft_state.leader.value());
    status.commit = from.hard_state.commit.value();
    status.applied = from.applied.value();
    status.last_index = from.last_index.value();
    for (tracegen::ServerId id = 1; id <= config_.settings.servers; ++id) {
      status.members.voters.push_back(id);
    }
    return status;
  }

 private:
  tracegen::ServerConfig config_;
  bool forgets_votes_;  // the bug that the test must find
  raft::MemoryStorage disk_;
  std::unique_ptr<raft::Node> node_;
  std::uint64_t starts_ = 0;
};

tracegen::Implementation Mine(bool forgets_votes) {
  tracegen::Implementation mine;
  mine.name = "mine";
  mine.features = {.pre_vote = false,
                   .check_quorum = false,
                   .lease_reads = false,
                   .async_storage = false,
                   .wal = false,
                   .reads = false,
                   .membership = false,
                   .joint = false,
                   .learners = false,
                   .transfer = false,
                   .forget_leader = false,
                   .snapshots = false};
  mine.header.answers_older_terms = true;  // the library does this, too: docs/trace_schema.md
  mine.header.votes_carry_commit = true;
  mine.make = [forgets_votes](const tracegen::ServerConfig& config) {
    return std::make_unique<MyServer>(config, forgets_votes);
  };
  return mine;
}

const tracegen::Implementation& Right() {
  static const tracegen::Implementation kRight = Mine(false);
  return kRight;
}

RC_GTEST_PROP(MyServer, DoesOnlyWhatTheSpecificationAllows,
              (const tracegen::ScheduleFor<Right>& schedule)) {
  const trial::Result result = trial::Run(schedule, Right());
  RC_LOG() << conformance::ReportText(result.report, "trace", false);
  RC_ASSERT(result.failure.empty());
}

TEST(MyServer, IsCaughtWhenItForgetsItsVotes) {
  const tracegen::Implementation mine = Mine(true);
  int caught = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const trial::Result result = trial::Run(tracegen::GenerateSchedule(seed, {}, mine), mine);
    if (result.report.verdict != conformance::Verdict::kAccepted) ++caught;
  }
  EXPECT_GT(caught, 0);
}

}  // namespace
