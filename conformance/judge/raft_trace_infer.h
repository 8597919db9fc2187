// Steps that a server takes and that no line of the trace shows.  Each of them is inferred at one
// moment only.  Private to raft_trace*.cc.
//
// Writes to a disk that the trace does not show: a write counts as done when a later line proves
// it. A message that waited for the write arrives; or a campaign, a compaction or a restart needs
// it. A restart may find any other write done or not done.
#pragma once

#include <cstddef>

#include "conformance/judge/raft_trace_line.h"

namespace conformance {

// The oldest `count` writes of server `i` are done.
bool InferPersist(Line& line, spec::Server i, std::size_t count);
// The writes that must be done if a restart finds `disk`.
bool FinishWritesBefore(Line& line, const spec::ServerState::Durable& disk);
// How many writes of its sender must be done before the message can leave; 0 if it waits for none.
std::size_t WritesBeforeMessage(const Line& line, const spec::Message& m);
// Before its restart the server may have compacted its log up to `start`.  A node with a compacted
// log takes all entries before its first one for committed, so InitState shows where the log
// begins.
void InferCompaction(Line& line, spec::Index start);

// What a server has done before it campaigns: it has installed the snapshot that it received, and
// its application has applied the changes of the membership.
void InferBeforeCampaign(Line& line);
// The application stored a configuration before the restart.  It does not apply again the changes
// that led to this configuration.
void InferApplied(Line& line);

// etcd's traces name no learners.  In a trace that begins with a snapshot, or with servers that
// have voters, whoever is sent entries and is no member was a learner from the beginning.
bool MayBeFirstLearner(Line& line, spec::Server j);
void InferFirstLearner(Line& line, spec::Server j);
// etcd lets an application take a committed change of the membership for none, and writes no line
// for that.  Committed changes that nobody has applied when somebody must have applied them were
// refused, by all servers.
void InferRefused(Line& line);
// The same of the next change, if this ApplyConfChange line shows that it changes nothing.
void InferRefusedHere(Line& line);
// No line has told how the change in `entry` comes into force.  The members that it makes tell it.
void SettleByMembers(Line& line, const trace::Members& members, spec::LogId entry);

// etcd writes no line for the answer to a pre-vote, and a refusal may tell a commit index.  This is
// the commit index of the line if it is higher than the server's own, else 0.
spec::Index CommitUnseen(Line& line);
// A server that can have told the term of this line in a message that the trace does not show; kNil
// if there is none.  etcd writes no line for messages of PreVote and of leadership transfer: a
// server that was in that term can have refused a pre-vote, or can have asked for a campaign.
spec::Server WhoTellsNewerTerm(const Line& line);
// The server has no term, no log and no members: etcd's RawNode.Bootstrap may come next.
bool IsNewborn(Line& line);

}  // namespace conformance
