// The interface through which the cluster talks to a server of any Raft implementation: our own
// (our_server.h) or another one (docs/other_implementations.md).  It names nothing that is specific
// to an implementation: packets are opaque, commands are bytes, terms and indexes are numbers.
//
// A server is a Raft node with its host and its disk.  It does nothing on its own: it has no clock,
// thread, socket or file.  The cluster calls it, and during a call it may call its Environment.  It
// writes its own events to the trace (Sink): what Raft does, and, if the header says so, what the
// disk stored (Persist, Crash, Compact) and what was applied (Apply).
//
// A server may throw a std::exception from any call.  The exception ends the schedule there, counts
// as a failure of the server (ImplementationCheck), and its what() is reported.  After that the
// server is only destroyed.  A server must not catch exceptions of its Environment or its Sink.  A
// server that aborts ends the whole command.
//
// Threads: none.  All behaviour must be a function of the calls and of the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/sink.h"
#include "tracegen/schedule.h"

namespace tracegen {

using ServerId = std::uint32_t;  // 1 .. servers; 0: nobody
// Sets of servers as numbers.
constexpr std::uint32_t Bit(ServerId server) { return 1U << (server - 1); }

// A message from one server to another.
class Packet {
 public:
  virtual ~Packet() = default;
  // Fills in what the trace shows when the packet is lost or duplicated; false if the trace format
  // has no such message type.
  virtual bool Show(trace::Message& shown) const = 0;
  virtual std::string_view Name() const = 0;  // of its type, for people
};
using PacketPtr = std::shared_ptr<const Packet>;

// What a server may call.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual void Send(ServerId to, PacketPtr packet) = 0;

  // The application.  Committed entries are applied in order, once per lifetime of the process,
  // beginning after the restored snapshot.  `command` is empty for an entry that no client
  // proposed.  Returns a digest of the state, for Apply lines.
  virtual std::uint64_t Apply(std::uint64_t index, std::string_view command) = 0;
  virtual std::string TakeSnapshot() = 0;
  virtual void Restore(std::string_view snapshot) = 0;  // a result of TakeSnapshot, of any server
  // `read` may be answered once `index` is applied.  Call this at the server that was asked.
  virtual void AnswerRead(std::uint64_t read, std::uint64_t index) = 0;
};

struct Membership {
  std::vector<ServerId> voters;
  std::vector<ServerId> outgoing;  // the old voters of a joint configuration, or empty
  std::vector<ServerId> learners;

  bool Has(ServerId server) const;
  bool Votes(ServerId server) const;  // in either half
  // Do these servers (Bit) hold a majority of each half?
  bool IsQuorum(std::uint32_t servers) const;
};

struct MembershipChange {
  enum class Kind : std::uint8_t {
    kAdd,          // `server` shall vote,
    kAddLearner,   // learn only,
    kRemove,       // or leave
    kReplace,      // `voters` and `learners` are all that shall be left, in one change
    kReplaceStay,  // the same, and the joint configuration stays until
    kLeaveJoint,   // it is left
  };
  Kind kind = Kind::kAdd;
  ServerId server = 0;
  std::vector<ServerId> voters;
  std::vector<ServerId> learners;
};

struct ServerStatus {
  enum class Role : std::uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };
  Role role = Role::kFollower;
  std::uint64_t term = 0;
  ServerId leader = 0;
  std::uint64_t commit = 0;
  std::uint64_t applied = 0;
  std::uint64_t last_index = 0;
  Membership members;  // the configuration in force here
  bool busy = false;   // a leader that is handing over, or has yet to leave a joint configuration
  bool replicating = true;  // a leader that sends all new entries to every follower at once
};

// What the host of a server can do next, without a request.
enum class Work : std::uint8_t {
  kProcess,  // handles one Ready in one step: write, sync if needed, send, apply
  // With asynchronous storage kProcess only distributes work, and these perform it.
  kWrite,   // performs the oldest write and syncs it
  kApply,   // applies the oldest batch of committed entries
  kAnswer,  // reports the oldest finished write or batch to the node
};

// How an unfinished write ends.
enum class Interruption : std::uint8_t {
  kPower,       // the first `count` single writes are done and survive
  kWriteError,  // as kPower, but the disk reports an error, so the host has to stop
  kSyncError,   // all is written, the sync fails, the host stops; the first `count` survive
};

class Server {
 public:
  virtual ~Server() = default;

  // Starts from what the disk holds: nothing at first, later what the last crash left.  The
  // environment is ready.  If there is a snapshot, Start calls Restore first.
  virtual void Start() = 0;
  // The process ends and loses its memory.  Of the writes that were not synced, the first `keep`
  // single writes survive.  A term with its vote is one single write, and so is each entry.
  virtual void Crash(std::size_t keep) = 0;
  // Crashes in the middle of the write that DoWork(kProcess) or DoWork(kWrite) would perform.
  // Returns false if there is nothing to write, or no write was handed out yet.
  virtual bool CrashWriting(Interruption how, std::size_t count) = 0;
  virtual std::size_t Unsynced() const = 0;  // number of single writes

  virtual void Tick() = 0;
  // Returns false if the packet cannot be for this server; it is then lost.
  virtual bool Receive(ServerId from, PacketPtr packet) = 0;
  // The fate of a packet that this server sent, as far as a transport can know it.
  virtual void Sent(ServerId /*to*/, const Packet& /*packet*/, bool /*arrived*/) {}

  virtual bool HasWork(Work work) const = 0;
  virtual bool DoWork(Work work) = 0;  // false if there was none

  // Requests of clients and operators.  They may be refused, forwarded or lost.
  virtual void Propose(std::string_view command) = 0;
  virtual void Read(std::uint64_t read) = 0;  // may be called again for the same read
  virtual void Change(const MembershipChange& change) = 0;
  virtual void Campaign() = 0;
  virtual void TransferLeadership(ServerId to) = 0;
  virtual void ForgetLeader() = 0;
  virtual void ReportUnreachable(ServerId to) = 0;
  // Makes a snapshot of the applied state; the log keeps `keep` entries before it.  Returns false
  // if there is nothing new to include.
  virtual bool Compact(std::uint64_t keep) = 0;

  virtual ServerStatus status() const = 0;
};

// The features of an implementation.  Schedules leave out what it does not have.
struct Features {
  bool pre_vote = true;
  bool check_quorum = true;
  bool lease_reads = true;
  bool async_storage = true;
  bool wal = true;
  bool forwarding = true;  // of proposals, from followers to the leader
  bool reads = true;
  bool membership = true;  // one server at a time
  bool joint = true;       // several at once
  bool learners = true;
  bool transfer = true;
  bool forget_leader = true;
  bool snapshots = true;
  bool progress = true;  // of a quorum while other servers are missing (cluster/quorum.h)
};

struct ServerConfig {
  ServerId id = 0;
  Settings settings;                   // the first members are 1 .. InitialMembers(settings)
  Environment* environment = nullptr;  // outlives the server
  trace::Sink* sink = nullptr;         // outlives the server; null: no trace is wanted
};

struct Implementation {
  std::string name;  // one line, for people; every finding shows it
  Features features;
  // The header of its traces, except for what the settings determine.
  trace::Header header;
  std::function<std::unique_ptr<Server>(const ServerConfig&)> make;
  // How C++ refers to it, for generated test cases: a header and an expression for this object.  If
  // empty, the person who adopts the test case must fill in the names.
  struct SourceName {
    std::string header;
    std::string expression;
  };
  SourceName source_name = {};
};

// The number of servers that are voters at first.
inline std::uint32_t InitialMembers(const Settings& settings) {
  return settings.voters == 0 ? settings.servers : settings.voters;
}

}  // namespace tracegen
