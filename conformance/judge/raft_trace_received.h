// Messages: the model's message that a line means, and the message that a server has received.
//
// Most messages are handled with the line that shows their arrival.  Some are kept until the next
// line of the server (ServerProgress::received), because only that line shows what the server made
// of them: it gave way to a newer term or to a leader, it ignored a vote request under a lease, it
// answered, it campaigned.  Private to raft_trace*.cc.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "conformance/judge/raft_trace_line.h"

namespace conformance {

// The model's messages that the line may mean: one, if the line tells what identifies a message;
// none, if no such message was sent.
std::vector<spec::Message> Meant(Line& line);
// The message that the line means, if the line tells what identifies it, and the network has it.
std::optional<spec::Message> TheMessage(Line& line);
// The field that would tell most about which message the line means.
std::string_view TellingField(const Line& line);
// The message of the line arrives: counts its fields as compared, and learns digests from them.  If
// the message waits for a write, its arrival proves that the write is done.
void Arrives(Line& line, const spec::Message& m);
// Refuses the line because its message is not in flight.
bool NotInFlight(Line& line, std::string_view action);

// May the server ignore this vote request because it has a lease: it heard from a leader lately?
bool MayBeIgnored(Line& line, const spec::Message& m);
// etcd writes no line when a follower is told to forget its leader.  A follower that forgot its
// leader may vote once more in this term.
bool MayHaveForgotten(Line& line, const spec::Message& m);

// Handles the message, whose term is the server's.  If the handler queues an answer, the answer is
// the server's next line.
bool HandleMessage(Line& line, const spec::Message& m);
// Answers a message of an older term.
bool AnswerOlderTerm(Line& line, const spec::Message& m);
// The action that queues this answer.
std::string_view ActionThatAnswers(const spec::Message& response);

}  // namespace conformance
