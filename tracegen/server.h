// The one small interface through which the cluster talks to a server, whatever Raft it runs: ours
// (our_server.h), or a stranger's (docs/other_implementations.md).  Nothing of any implementation
// is named here: packets are opaque, commands are bytes, terms and indexes are numbers.
//
// A server is a Raft node with its host and its disk.  It does nothing on its own: no clock, no
// thread, no socket, no file.  The cluster calls it, and it answers with calls of its Environment,
// any time while it is called.  It writes the lines of its own doings to the trace (Sink): what
// Raft does, and, if the header says so, what the disk took (Persist, Crash, Compact) and what was
// applied (Apply).
//
// A server may throw a std::exception from any call: what it throws ends the schedule there, is its
// failure (ImplementationCheck), and its what() is reported.  It is then only destroyed.  What its
// Environment or its Sink throws is not its own: it lets that pass.  A server that aborts ends the
// whole command.
//
// Threads: none.  Everything must be a function of the calls and of the seed.
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

// What travels from one server to another.
class Packet {
 public:
  virtual ~Packet() = default;
  // What the line of a loss or a duplication shows; false if the trace knows no such kind.
  virtual bool Show(trace::Message& shown) const = 0;
  virtual std::string_view Name() const = 0;  // of its kind, for people
};
using PacketPtr = std::shared_ptr<const Packet>;

// What a server asks of its surroundings.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual void Send(ServerId to, PacketPtr packet) = 0;

  // The application.  Committed entries are applied in order, once in the life of a process, from
  // the one after the restored snapshot on; `command` is empty for what no client proposed.
  // Returns a digest of the state, for Apply lines.
  virtual std::uint64_t Apply(std::uint64_t index, std::string_view command) = 0;
  virtual std::string TakeSnapshot() = 0;
  virtual void Restore(std::string_view snapshot) = 0;  // what TakeSnapshot returned, anywhere
  // `read` may be answered as soon as `index` is applied; called at the server that was asked.
  virtual void AnswerRead(std::uint64_t read, std::uint64_t index) = 0;
};

struct Membership {
  std::vector<ServerId> voters;
  std::vector<ServerId> outgoing;  // the other half of a joint configuration, or empty
  std::vector<ServerId> learners;

  bool Has(ServerId server) const;
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
  Membership members;       // in force here
  bool busy = false;        // a leader that hands over, or is to leave a joint configuration
  bool replicating = true;  // a leader that holds nothing back from any follower
};

// What the host of a server can do next, on its own.
enum class Work : std::uint8_t {
  kProcess,  // what the node wants done: write, sync if it must, send, apply; in one go
  // With asynchronous storage kProcess only hands out, and these do the work.
  kWrite,   // the oldest write, synced
  kApply,   // the oldest batch of committed entries
  kAnswer,  // the node hears of the oldest write, or batch, that is done
};

// How a write ends that is not finished.
enum class Interruption : std::uint8_t {
  kPower,       // the first `count` single writes are done, and survive
  kWriteError,  // the same, and the disk says so: the host stops, as there is nothing else to do
  kSyncError,   // all is written, the sync fails, the host stops; the first `count` survive
};

class Server {
 public:
  virtual ~Server() = default;

  // From what the disk holds: nothing at first, later what the last crash left.  The environment is
  // ready; Restore is called first if there is a snapshot.
  virtual void Start() = 0;
  // The process is gone, with all that was in memory, and of what was written and not synced the
  // first `keep` single writes are left.  A write of a term and a vote is one, so is each entry.
  virtual void Crash(std::size_t keep) = 0;
  // The same in the middle of what DoWork(kProcess), or kWrite, would write.  False: there is
  // nothing to write, or nothing is handed out yet.
  virtual bool CrashWriting(Interruption how, std::size_t count) = 0;
  virtual std::size_t Unsynced() const = 0;  // single writes

  virtual void Tick() = 0;
  // False if the packet cannot be for this server: it is lost.
  virtual bool Receive(ServerId from, PacketPtr packet) = 0;
  // What became of a packet that this server sent, as far as a transport can tell.
  virtual void Sent(ServerId /*to*/, const Packet& /*packet*/, bool /*arrived*/) {}

  virtual bool HasWork(Work work) const = 0;
  virtual bool DoWork(Work work) = 0;  // false if there was none

  // What clients and people ask for.  It may be refused, forwarded, or get lost.
  virtual void Propose(std::string_view command) = 0;
  virtual void Read(std::uint64_t read) = 0;  // the same one may be asked for again
  virtual void Change(const MembershipChange& change) = 0;
  virtual void Campaign() = 0;
  virtual void TransferLeadership(ServerId to) = 0;
  virtual void ForgetLeader() = 0;
  virtual void ReportUnreachable(ServerId to) = 0;
  // A snapshot of what is applied; the log keeps `keep` entries before it.  False if there is
  // nothing new to put in it.
  virtual bool Compact(std::uint64_t keep) = 0;

  virtual ServerStatus status() const = 0;
};

// What an implementation can be asked for.  What it cannot, schedules leave out.
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
};

struct ServerConfig {
  ServerId id = 0;
  Settings settings;                   // the members at first are 1 .. InitialMembers(settings)
  Environment* environment = nullptr;  // outlives the server
  trace::Sink* sink = nullptr;         // so does this; null: nobody wants a trace
};

struct Implementation {
  std::string name;  // one line, for people; every finding shows it
  Features features;
  // What its traces say of themselves, but for what the settings say.
  trace::Header header;
  std::function<std::unique_ptr<Server>(const ServerConfig&)> make;
  // How C++ names it, for the test cases that are written for it: a header, and an expression for
  // this object.  Empty: whoever takes the case over puts in the names.
  struct SourceName {
    std::string header;
    std::string expression;
  };
  SourceName source_name = {};
};

// How many of the servers are voters at first.
inline std::uint32_t InitialMembers(const Settings& settings) {
  return settings.voters == 0 ? settings.servers : settings.voters;
}

}  // namespace tracegen
