// The handlers: each explains the lines of one event with actions of the specification and compares
// the fields of the line with the state that it shows.  A handler returns false if the line is
// refused.  One file for each group of events; no group calls another.  The table in raft_trace.cc
// says which handler a line goes to.  Private to raft_trace*.cc.
#pragma once

#include "conformance/judge/raft_trace_line.h"

namespace conformance {

using Handler = bool(Line& line);

// raft_trace_start.cc: a server stops; it starts and loads what it stored; it starts for the first
// time with etcd's RawNode.Bootstrap.
Handler OnCrash;
Handler OnInitState;
Handler OnLoadedConf;   // ApplyConfChange while the server loads
Handler OnLoadedState;  // BecomeFollower while the server loads
Handler OnBootstrapStart;
Handler OnBootstrapConf;

// raft_trace_roles.cc: a server changes its role.
Handler OnBecomeFollower;
Handler OnBecomePreCandidate;
Handler OnBecomeCandidate;
Handler OnBecomeLeader;
Handler OnForgetLeader;

// raft_trace_messages.cc: messages are queued, received, lost, copied.
Handler OnSend;
Handler OnReceive;
Handler OnNetwork;

// raft_trace_membership.cc: the membership changes.
Handler OnChangeConf;
Handler OnApplyConfChange;

// raft_trace_disk.cc: state is handed out, written, compacted.
Handler OnReady;
Handler OnPersist;
Handler OnCompact;

// raft_trace_log.cc: entries are proposed, committed, applied; clients read.
Handler OnReplicate;
Handler OnCommit;
Handler OnApply;
Handler OnReadIndex;
Handler OnReadState;
Handler OnLeaseRead;
Handler OnTick;

}  // namespace conformance
