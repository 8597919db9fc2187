// Another implementation behind the cluster's interface, on one page: server 1 owns a log and the
// others copy it.  Its packets are bytes, it has a disk of its own, and it uses none of our code.
// It is no Raft (there are no elections); it shows that the interface needs nothing of our library.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracegen/cluster/cluster.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace tracegen {
namespace {

class Bytes : public Packet {
 public:
  explicit Bytes(std::string bytes) : text(std::move(bytes)) {}
  bool Show(trace::Message& /*shown*/) const override { return false; }
  std::string_view Name() const override { return "bytes"; }
  std::string text;
};

// Server 1 leads.  A packet holds the whole log; a response says how much of it arrived.
class Copier : public Server {
 public:
  explicit Copier(const ServerConfig& config)
      : id_(config.id), servers_(config.settings.servers), environment_(*config.environment) {}

  void Start() override {
    log_ = disk_;
    applied_ = 0;
    acknowledged_.assign(servers_ + 1, 0);
  }
  void Crash(std::size_t keep) override {
    disk_.insert(
        disk_.end(), log_.begin() + static_cast<std::ptrdiff_t>(disk_.size()),
        log_.begin() + static_cast<std::ptrdiff_t>(disk_.size() + std::min(keep, Unsynced())));
  }
  bool CrashWriting(Interruption /*how*/, std::size_t count) override {
    if (Unsynced() == 0) return false;
    Crash(count);
    return true;
  }
  std::size_t Unsynced() const override { return log_.size() - disk_.size(); }

  void Tick() override { tick_ = true; }
  bool Receive(ServerId from, PacketPtr packet) override {
    const std::string& text = static_cast<const Bytes&>(*packet).text;
    if (id_ == 1) {
      acknowledged_[from] = std::max<std::size_t>(acknowledged_[from], std::stoul(text));
      return true;
    }
    std::vector<std::string> log;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = static_cast<unsigned char>(text[at]);
      log.push_back(text.substr(at + 1, size));
      at += 1 + size;
    }
    if (log.size() > log_.size()) log_ = log;
    answer_ = true;
    return true;
  }

  bool HasWork(Work work) const override {
    return work == Work::kProcess && (tick_ || answer_ || Unsynced() > 0 || Committed() > applied_);
  }
  bool DoWork(Work work) override {
    if (!HasWork(work)) return false;
    disk_ = log_;
    if (id_ == 1) {
      std::string all;
      for (const std::string& entry : log_) all += static_cast<char>(entry.size()) + entry;
      for (ServerId to = 2; to <= servers_; ++to) Send(to, all);
    } else {
      Send(1, std::to_string(disk_.size()));
    }
    for (; applied_ < Committed(); ++applied_) environment_.Apply(applied_ + 1, log_[applied_]);
    tick_ = answer_ = false;
    return true;
  }

  void Propose(std::string_view command) override {
    if (id_ == 1) log_.emplace_back(command);
  }
  void Read(std::uint64_t /*read*/) override {}
  void Change(const MembershipChange& /*change*/) override {}
  void Campaign() override {}
  void TransferLeadership(ServerId /*to*/) override {}
  void ForgetLeader() override {}
  void ReportUnreachable(ServerId /*to*/) override {}
  bool Compact(std::uint64_t /*keep*/) override { return false; }
  ServerStatus status() const override {
    ServerStatus status;
    status.role = id_ == 1 ? ServerStatus::Role::kLeader : ServerStatus::Role::kFollower;
    status.term = 1;
    status.leader = 1;
    status.commit = Committed();
    status.applied = applied_;
    status.last_index = log_.size();
    for (ServerId id = 1; id <= servers_; ++id) status.members.voters.push_back(id);
    return status;
  }

 private:
  void Send(ServerId to, std::string text) {
    environment_.Send(to, std::make_shared<Bytes>(std::move(text)));
  }
  // Followers treat everything as committed, because this test only moves packets about.
  std::size_t Committed() const {
    if (id_ != 1) return disk_.size();
    std::size_t everywhere = disk_.size();
    for (ServerId id = 2; id <= servers_; ++id) {
      everywhere = std::min(everywhere, acknowledged_[id]);
    }
    return everywhere;
  }

  ServerId id_;
  std::uint32_t servers_;
  Environment& environment_;
  std::vector<std::string> log_;
  std::vector<std::string> disk_;
  std::size_t applied_ = 0;
  std::vector<std::size_t> acknowledged_;
  bool tick_ = false;
  bool answer_ = false;
};

const Implementation kCopier{
    "copier",
    {.pre_vote = false,
     .check_quorum = false,
     .lease_reads = false,
     .async_storage = false,
     .wal = false,
     .forwarding = false,
     .reads = false,
     .membership = false,
     .joint = false,
     .learners = false,
     .transfer = false,
     .forget_leader = false,
     .snapshots = false,
     .progress = false},  // it waits for everybody
    {},
    [](const ServerConfig& config) { return std::make_unique<Copier>(config); }};

TEST(Stranger, ComesToRestAfterTheFaults) {
  std::uint64_t applied = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Generator generator(RandomOf(seed, 0), rc::kNominalSize,
                        {.servers = 3, .steps = 0, .profile = nullptr}, kCopier);
    struct : trace::Sink {
      void Emit(const trace::Event& /*event*/) override {}
    } ignored;
    generator.Play(ignored);
    EXPECT_EQ(generator.played()->stuck(), "") << seed;
    applied += generator.played()->counts().applied;
  }
  EXPECT_GT(applied, 1000U);
}

TEST(Stranger, IsNotAskedForWhatItDoesNotHave) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Generator generator(RandomOf(seed, 0), rc::kNominalSize, {}, kCopier);
    generator.Draw();
    const Settings& settings = generator.settings();
    EXPECT_FALSE(settings.pre_vote || settings.check_quorum || settings.lease_reads ||
                 settings.async_storage || settings.wal || settings.voters != 0);
    for (const Action& action : generator.schedule().actions) {
      const Kind kind = action.kind;
      EXPECT_FALSE(kind == Kind::kRead || kind == Kind::kAdd || kind == Kind::kRemove ||
                   kind == Kind::kTransfer || kind == Kind::kCompact || kind == Kind::kForget ||
                   kind == Kind::kReconfigure || kind == Kind::kProgress)
          << PrintAction(action);
    }
  }
}

}  // namespace
}  // namespace tracegen
