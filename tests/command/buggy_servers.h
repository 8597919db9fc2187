// Implementations with a known bug, for tests of what must find it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "conformance/campaign/campaign.h"
#include "tracegen/servers/our_server.h"

namespace command {

// Our own servers; what is derived from it has a bug in its host.
class WrappedServer : public tracegen::Server {
 public:
  explicit WrappedServer(const tracegen::ServerConfig& config)
      : server_(tracegen::OurImplementation().make(config)) {}

  void Start() override { server_->Start(); }
  void Crash(std::size_t keep) override { server_->Crash(keep); }
  bool CrashWriting(tracegen::Interruption how, std::size_t count) override {
    return server_->CrashWriting(how, count);
  }
  std::size_t Unsynced() const override { return server_->Unsynced(); }
  void Tick() override { server_->Tick(); }
  bool Receive(tracegen::ServerId from, tracegen::PacketPtr packet) override {
    return server_->Receive(from, std::move(packet));
  }
  void Sent(tracegen::ServerId to, const tracegen::Packet& packet, bool arrived) override {
    server_->Sent(to, packet, arrived);
  }
  bool HasWork(tracegen::Work work) const override { return server_->HasWork(work); }
  bool DoWork(tracegen::Work work) override { return server_->DoWork(work); }
  void Propose(std::string_view command) override { server_->Propose(command); }
  void Read(std::uint64_t read) override { server_->Read(read); }
  void Change(const tracegen::MembershipChange& change) override { server_->Change(change); }
  void Campaign() override { server_->Campaign(); }
  void TransferLeadership(tracegen::ServerId to) override { server_->TransferLeadership(to); }
  void ForgetLeader() override { server_->ForgetLeader(); }
  void ReportUnreachable(tracegen::ServerId to) override { server_->ReportUnreachable(to); }
  bool Compact(std::uint64_t keep) override { return server_->Compact(keep); }
  tracegen::ServerStatus status() const override { return server_->status(); }

 private:
  std::unique_ptr<tracegen::Server> server_;
};

template <class Buggy>
const tracegen::Implementation& ImplementationWith() {
  static const tracegen::Implementation kBuggy{
      "buggy", tracegen::OurImplementation().features, tracegen::OurImplementation().header,
      [](const tracegen::ServerConfig& config) { return std::make_unique<Buggy>(config); }};
  return kBuggy;
}

// It answers a read at once, from whatever is applied.
class HastyServer : public WrappedServer {
 public:
  explicit HastyServer(const tracegen::ServerConfig& config)
      : WrappedServer(config), environment_(*config.environment) {}
  void Read(std::uint64_t read) override { environment_.AnswerRead(read, status().applied); }

 private:
  tracegen::Environment& environment_;
};
inline const tracegen::Implementation& Hasty() { return ImplementationWith<HastyServer>(); }

// The environment as it is; what is derived from it changes a call.
class WrappedEnvironment : public tracegen::Environment {
 public:
  explicit WrappedEnvironment(const tracegen::ServerConfig& config) : whole_(*config.environment) {}
  void Send(tracegen::ServerId to, tracegen::PacketPtr packet) override {
    whole_.Send(to, std::move(packet));
  }
  std::uint64_t Apply(std::uint64_t index, std::string_view command) override {
    return whole_.Apply(index, command);
  }
  std::string TakeSnapshot() override { return whole_.TakeSnapshot(); }
  void Restore(std::string_view snapshot) override { whole_.Restore(snapshot); }
  void AnswerRead(std::uint64_t read, std::uint64_t index) override {
    whole_.AnswerRead(read, index);
  }

 private:
  tracegen::Environment& whole_;
};

// Now and then it does not give a committed command to the application, and its trace does not show
// what the application made of any.
class ForgetfulEnvironment : public WrappedEnvironment {
 public:
  // The first server is as it should be.
  explicit ForgetfulEnvironment(const tracegen::ServerConfig& config)
      : WrappedEnvironment(config), forgets_(config.id != 1) {}
  std::uint64_t Apply(std::uint64_t index, std::string_view command) override {
    WrappedEnvironment::Apply(index, forgets_ && index % 3 == 0 ? std::string_view() : command);
    return 0;
  }

 private:
  bool forgets_;
};
class ForgetfulServer : private ForgetfulEnvironment, public WrappedServer {
 public:
  explicit ForgetfulServer(const tracegen::ServerConfig& config)
      : ForgetfulEnvironment(config), WrappedServer(With(config, this)) {}

 private:
  static tracegen::ServerConfig With(tracegen::ServerConfig config,
                                     tracegen::Environment* environment) {
    config.environment = environment;
    return config;
  }
};

// It writes no trace, and its packets show nothing.
class SealedPacket : public tracegen::Packet {
 public:
  explicit SealedPacket(tracegen::PacketPtr inside) : inside_(std::move(inside)) {}
  bool Show(trace::Message& /*shown*/) const override { return false; }
  std::string_view Name() const override { return "packet"; }
  const tracegen::PacketPtr& inside() const { return inside_; }

 private:
  tracegen::PacketPtr inside_;
};
class MuteEnvironment : public WrappedEnvironment {
 public:
  using WrappedEnvironment::WrappedEnvironment;
  void Send(tracegen::ServerId to, tracegen::PacketPtr packet) override {
    WrappedEnvironment::Send(to, std::make_shared<SealedPacket>(std::move(packet)));
  }
};
class MuteServer : private MuteEnvironment, public WrappedServer {
 public:
  explicit MuteServer(const tracegen::ServerConfig& config)
      : MuteEnvironment(config), WrappedServer(With(config, this)) {}
  bool Receive(tracegen::ServerId from, tracegen::PacketPtr packet) override {
    return WrappedServer::Receive(from, Open(*packet));
  }
  void Sent(tracegen::ServerId to, const tracegen::Packet& packet, bool arrived) override {
    WrappedServer::Sent(to, *Open(packet), arrived);
  }

 private:
  static const tracegen::PacketPtr& Open(const tracegen::Packet& packet) {
    return dynamic_cast<const SealedPacket&>(packet).inside();
  }
  static tracegen::ServerConfig With(tracegen::ServerConfig config,
                                     tracegen::Environment* environment) {
    config.environment = environment;
    config.sink = nullptr;
    return config;
  }
};

inline void Ignore(const campaign::FailureGroup& /*group*/) {}
inline void Silent(const campaign::Campaign& /*campaign*/) {}

}  // namespace command
