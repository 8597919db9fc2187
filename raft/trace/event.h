// The events of a trace, as plain types.  What this is: the one declaration of the trace format;
// writer, reader, schema and documentation all visit the field lists below.
// The format is a superset of what etcd-io/raft writes (`state_trace.go`, build tag with_tla):
// the names, fields and moments of etcd's events are etcd's; events and fields that are ours are
// marked so.  This folder is a leaf: it includes nothing of the other folders, it knows no Raft.
// An absent field (an empty optional) constrains nothing; a present one is always checked.
// Read next: sink.h (where events go), reader.h, writer.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace trace {

// A server's identifier; 0 is "nobody" (no vote cast).  Written as a decimal string, as etcd does.
using NodeId = std::uint64_t;

// What happened.  The order is that of etcd's enumeration, then ours; names are in kEventNames.
enum class EventName : std::uint8_t {
  kInitState,                     // a node object was made (first start or restart), before its
                                  // stored state is loaded: term, vote, commit are 0, conf is empty
  kBecomeCandidate,               // after the role changed
  kBecomeFollower,                // after
  kBecomeLeader,                  // after
  kCommit,                        // a leader tried to advance its commit index; after
  kReplicate,                     // a leader is about to append one normal entry; before
  kChangeConf,                    // a leader is about to append a membership change; before
  kApplyConfChange,               // a node is about to switch to prop.cc.newconf; before
  kReady,                         // a Ready was handed out
  kSendAppendEntriesRequest,      // queued to be sent: MsgApp, MsgHeartbeat or MsgSnap
  kReceiveAppendEntriesRequest,   // about to be handled; before
  kSendAppendEntriesResponse,     // queued: MsgAppResp or MsgHeartbeatResp
  kReceiveAppendEntriesResponse,  // about to be handled; before
  kSendRequestVoteRequest,        // queued: MsgVote
  kReceiveRequestVoteRequest,     // about to be handled; before
  kSendRequestVoteResponse,       // queued: MsgVoteResp; before the vote is recorded
  kReceiveRequestVoteResponse,    // about to be handled; before
  kSendSnapshot,                  // in etcd's enumeration; emitted by nothing
  kReceiveSnapshot,               // likewise
  // Ours: the environment is traced too.
  kPersist,      // the disk of a node took a write; `durable` is what now survives any crash, and
                 // the messages that waited for it leave the node
  kCrash,        // the node stopped; what was not durable may be lost
  kApply,        // the application of a node applied one committed entry (`entry`, `index`)
  kDropMessage,  // the network lost one copy of `msg`
  kDuplicateMessage,    // the network made one more copy of `msg`
  kBecomePreCandidate,  // after the role changed
  kSendMessage,         // queued: a message of a kind that etcd does not trace
  kReceiveMessage,      // about to be handled; before
  kCompact,             // the log of a node was compacted: nothing up to `index` can be read
  kReadIndex,           // a client asked a node for an index to read at; `read` names the request
  kReadState,           // it got it: `index`
  kForgetLeader,        // a follower was told that its leader is dead; after
  kTick,       // the clock of a node ticked: `clock`; after, before anything that follows from it
  kLeaseRead,  // a leader answers a read under its lease, whoever asked: `index`
};
inline constexpr std::array<std::string_view, 33> kEventNames = {"InitState",
                                                                 "BecomeCandidate",
                                                                 "BecomeFollower",
                                                                 "BecomeLeader",
                                                                 "Commit",
                                                                 "Replicate",
                                                                 "ChangeConf",
                                                                 "ApplyConfChange",
                                                                 "Ready",
                                                                 "SendAppendEntriesRequest",
                                                                 "ReceiveAppendEntriesRequest",
                                                                 "SendAppendEntriesResponse",
                                                                 "ReceiveAppendEntriesResponse",
                                                                 "SendRequestVoteRequest",
                                                                 "ReceiveRequestVoteRequest",
                                                                 "SendRequestVoteResponse",
                                                                 "ReceiveRequestVoteResponse",
                                                                 "SendSnapshot",
                                                                 "ReceiveSnapshot",
                                                                 "Persist",
                                                                 "Crash",
                                                                 "Apply",
                                                                 "DropMessage",
                                                                 "DuplicateMessage",
                                                                 "BecomePreCandidate",
                                                                 "SendMessage",
                                                                 "ReceiveMessage",
                                                                 "Compact",
                                                                 "ReadIndex",
                                                                 "ReadState",
                                                                 "ForgetLeader",
                                                                 "Tick",
                                                                 "LeaseRead"};

enum class Role : std::uint8_t { kFollower, kCandidate, kLeader, kPreCandidate };
inline constexpr std::array<std::string_view, 4> kRoleNames = {"StateFollower", "StateCandidate",
                                                               "StateLeader", "StatePreCandidate"};

enum class MessageType : std::uint8_t {
  kMsgApp,
  kMsgAppResp,
  kMsgVote,
  kMsgVoteResp,
  kMsgHeartbeat,
  kMsgHeartbeatResp,
  kMsgSnap,
  // Ours, of SendMessage and ReceiveMessage.
  kMsgPreVote,
  kMsgPreVoteResp,
  kMsgTimeoutNow
};
inline constexpr std::array<std::string_view, 10> kMessageTypeNames = {
    "MsgApp",           "MsgAppResp", "MsgVote",    "MsgVoteResp",    "MsgHeartbeat",
    "MsgHeartbeatResp", "MsgSnap",    "MsgPreVote", "MsgPreVoteResp", "MsgTimeoutNow"};

template <class T>
using Field = std::optional<T>;

// The volatile copy of what a server stores: etcd's HardState.
struct State {
  Field<std::uint64_t> term;
  Field<NodeId> vote;
  Field<std::uint64_t> commit;

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("term", self.term), v("vote", self.vote), v("commit", self.commit);
  }
  friend bool operator==(const State&, const State&) = default;
};

// Ours: one log entry, without its payload.
struct Entry {
  Field<std::uint64_t> term;
  Field<std::uint64_t> digest;  // of type and payload, 64 bits; equal payloads, equal digests

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("term", self.term), v("digest", self.digest);
  }
  friend bool operator==(const Entry&, const Entry&) = default;
};

// Ours: who belongs to the cluster.  Lists are sorted.
struct Members {
  Field<std::vector<NodeId>> voters;
  Field<std::vector<NodeId>> outgoing;  // the other half of a joint configuration, or empty
  Field<std::vector<NodeId>> learners;
  Field<std::vector<NodeId>> learners_next;  // voters of the outgoing half, learners after it
  Field<bool> auto_leave;

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("voters", self.voters), v("outgoing", self.outgoing), v("learners", self.learners),
        v("learnersNext", self.learners_next), v("autoLeave", self.auto_leave);
  }
  friend bool operator==(const Members&, const Members&) = default;
};

// Ours: what a snapshot stands for, without its data.
struct Snapshot {
  Field<std::uint64_t> index;
  Field<std::uint64_t> term;  // of the entry there
  Field<Members> members;     // the configuration there

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("index", self.index), v("term", self.term), v("members", self.members);
  }
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

struct Message {
  Field<MessageType> type;
  Field<std::uint64_t> term;
  Field<NodeId> from;
  Field<NodeId> to;
  Field<std::uint64_t> entries;  // how many; for MsgSnap the index of the snapshot
  Field<std::uint64_t> log_term;
  Field<std::uint64_t> index;
  Field<std::uint64_t> commit;
  Field<NodeId> vote;  // etcd writes it, always 0
  Field<bool> reject;
  Field<std::uint64_t> reject_hint;
  Field<std::vector<Entry>> ents;  // ours: the entries themselves
  Field<bool> force;               // ours: a vote asked for by the leader, whatever the leases
  Field<Snapshot> snapshot;        // ours: of MsgSnap
  Field<std::uint64_t> sent;       // ours: of MsgHeartbeat under leases, the leader's clock when it
                                   // sent it; of MsgHeartbeatResp, that of the heartbeat answered

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("type", self.type), v("term", self.term), v("from", self.from), v("to", self.to),
        v("entries", self.entries), v("logTerm", self.log_term), v("index", self.index),
        v("commit", self.commit), v("vote", self.vote), v("reject", self.reject),
        v("rejectHint", self.reject_hint), v("ents", self.ents), v("force", self.force),
        v("snapshot", self.snapshot), v("sent", self.sent);
  }
  friend bool operator==(const Message&, const Message&) = default;
};

// Ours: what surely survives a crash.
struct Durable {
  Field<std::uint64_t> term;
  Field<NodeId> vote;
  Field<std::uint64_t> commit;
  Field<std::uint64_t> log;       // last index
  Field<std::uint64_t> log_term;  // term of the entry there, 0 for an empty log
  Field<std::uint64_t> snapshot;  // index of the newest snapshot, 0 if there is none

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("term", self.term), v("vote", self.vote), v("commit", self.commit), v("log", self.log),
        v("logTerm", self.log_term), v("snapshot", self.snapshot);
  }
  friend bool operator==(const Durable&, const Durable&) = default;
};

struct SingleConfChange {
  enum class Action : std::uint8_t { kAddNewServer, kRemoveServer, kAddLearner };
  Field<NodeId> node;
  Field<Action> action;

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("nid", self.node), v("action", self.action);
  }
  friend bool operator==(const SingleConfChange&, const SingleConfChange&) = default;
};
inline constexpr std::array<std::string_view, 3> kConfChangeActionNames = {
    "AddNewServer", "RemoveServer", "AddLearner"};

// Ours: how a membership change comes into force.
enum class Transition : std::uint8_t { kAuto, kJointImplicit, kJointExplicit };
inline constexpr std::array<std::string_view, 3> kTransitionNames = {"Auto", "JointImplicit",
                                                                     "JointExplicit"};

struct ConfChange {
  Field<std::vector<SingleConfChange>> changes;
  Field<std::vector<NodeId>> newconf;  // etcd leaves it out when it is empty
  Field<Members> members;              // ours, of ApplyConfChange: the whole of newconf
  Field<Transition> transition;        // ours, of ChangeConf; without changes: leave the joint one

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("changes", self.changes), v("newconf", self.newconf), v("members", self.members),
        v("transition", self.transition);
  }
  friend bool operator==(const ConfChange&, const ConfChange&) = default;
};

struct Properties {
  Field<ConfChange> cc;
  Field<std::uint64_t> match;  // with MsgApp: the sender's own Match, and
  Field<std::uint64_t> next;   // the sender's own Next (sic; so does etcd)

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("cc", self.cc), v("match", self.match), v("next", self.next);
  }
  friend bool operator==(const Properties&, const Properties&) = default;
};

// The voters: incoming, then outgoing (empty outside of a joint configuration).
using Conf = std::array<std::vector<NodeId>, 2>;

struct Event {
  EventName name = EventName::kInitState;
  NodeId node = 0;  // for DropMessage and DuplicateMessage: the receiver of the message
  Field<State> state;
  Field<Role> role;
  Field<std::uint64_t> log;  // last index
  Field<Conf> conf;
  Field<Message> msg;
  Field<Properties> prop;
  // Ours.
  Field<std::uint64_t> seq;  // position in the trace, from 1, without gaps
  Field<NodeId> lead;        // the leader that the server knows, 0 if none
  Field<Entry> entry;        // of Replicate, ChangeConf and Apply
  Field<std::uint64_t>
      index;  // of Apply and ChangeConf: where the entry stands; of Compact,
              // ReadState and LeaseRead: see there; else of the first of ents, or 0
  Field<std::vector<Entry>> ents;  // of Persist: the entries written, in place of all from index
                                   // on; of Crash: those that survived without having been synced
  Field<Durable> durable;          // of Persist; of Crash: what the restart will find
  Field<std::uint64_t> result;     // of Apply: digest of the application's state after it
  Field<std::uint64_t> read;       // of ReadIndex and ReadState: the request, never used twice
  Field<std::uint64_t> clock;      // of Tick: the ticks since the node started

  // `name` and `nid` are the only fields that an event must have.
  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("name", self.name), v("nid", self.node), v("state", self.state), v("role", self.role),
        v("log", self.log), v("conf", self.conf), v("msg", self.msg), v("prop", self.prop),
        v("seq", self.seq), v("entry", self.entry), v("index", self.index), v("ents", self.ents),
        v("durable", self.durable), v("lead", self.lead), v("result", self.result),
        v("read", self.read), v("clock", self.clock);
  }
  friend bool operator==(const Event&, const Event&) = default;
};

// Ours: the first line of a trace that we write, `{"tag":"raftcheck","header":{...}}`; etcd's tools
// skip it.  It says what the trace leaves out, so that the judge need not guess.
struct Header {
  Field<std::uint64_t> version;        // of the format; a reader refuses a greater one
  Field<std::vector<NodeId>> servers;  // the initial configuration
  Field<std::uint64_t> seed;
  Field<bool> pre_vote;        // may a server become a pre-candidate?
  Field<bool> check_quorum;    // may a leader step down, a voter ignore a request in its lease?
  Field<bool> network_logged;  // every drop and duplication is an event
  Field<bool> disk_logged;     // every write is a Persist event; without it, Ready is the write
  Field<bool> async_storage;   // a write may come later than further steps of its server
  Field<bool> answers_older_terms;  // also those of candidates
  Field<bool> votes_carry_commit;   // a refused vote says what the voter knows to be committed
  Field<bool> lease_reads;          // may a restarted server be bound by a lease?
  Field<bool> messages_logged;  // every message of the kinds of SendMessage, every pre-candidate
  Field<std::vector<NodeId>> learners;  // of the initial configuration
  Field<bool> validates_changes;  // no change is proposed before the last one is applied (default)
  Field<bool> clock_logged;       // every tick of a clock is an event, under leases
  Field<std::uint64_t> election_ticks;  // how long promises last, on which leases rest

  template <class Self, class Visitor>
  static void Visit(Self& self, Visitor&& v) {
    v("version", self.version), v("servers", self.servers), v("seed", self.seed),
        v("preVote", self.pre_vote), v("checkQuorum", self.check_quorum),
        v("networkLogged", self.network_logged), v("diskLogged", self.disk_logged),
        v("asyncStorage", self.async_storage), v("answersOlderTerms", self.answers_older_terms),
        v("votesCarryCommit", self.votes_carry_commit), v("leaseReads", self.lease_reads),
        v("messagesLogged", self.messages_logged), v("learners", self.learners),
        v("validatesChanges", self.validates_changes), v("clockLogged", self.clock_logged),
        v("electionTicks", self.election_ticks);
  }
  friend bool operator==(const Header&, const Header&) = default;
};
inline constexpr std::uint64_t kFormatVersion = 2;

}  // namespace trace
