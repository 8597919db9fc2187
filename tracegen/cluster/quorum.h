// Which servers are promised progress while others are missing.
//
// A set of servers is whole if each of them is up, its disk works, it is not slow, and messages
// pass between any two of them, both ways.  If a whole set is a quorum, in both halves of a joint
// configuration, it can elect a leader and commit.  Whether it must depends on what the others can
// do to it, and on the settings:
//
// - A server from which nothing reaches the set (it is down, cut off, or mute: it receives and
// cannot
//   send) changes nothing.  The set must make progress with any settings.
// - A server that does not vote in the configuration in which it believes never campaigns.  As a
//   leader that was removed it hands over.  Any settings.
// - A server whose disk is stuck cannot vote or campaign, because these messages wait for the disk.
//   As a leader it commits what the others acknowledge.  Any settings, if it sends and receives.
// - A slow server, whose clock is slow too, campaigns late.  Any settings, if it sends and
//   receives.
// - A server that sends and cannot receive (deaf), one that some of the set cannot reach, and one
//   that was removed, does not know it and still talks: each may campaign for ever, with a greater
//   term each time.  Without CheckQuorum a leader gives way each time (dissertation 4.2.3, 6.2; the
//   outage of Cloudflare of 2020), and a leader that is deaf leads for ever.  So progress is
//   promised with CheckQuorum; with PreVote alone only if such a server is deaf and no leader,
//   since it then never wins a pre-vote.  Not even with CheckQuorum if some disk is stuck besides:
//   heartbeats are answered without the disk, so a leader that cannot commit without that server
//   would lead for ever.
//
// The newest configuration that a whole server has in force counts.  A server that votes in an
// older one may wait for the votes of that one, so the set must be a quorum there, too.  And who
// votes in the newest one must know that it votes: if its log is the longest it refuses its vote to
// everybody else, and never campaigns itself, because a request for a vote does not say what is
// committed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tracegen/cluster/cluster.h"

namespace tracegen {

class Quorum {
 public:
  // `before` is the result of an earlier look, which is kept if it still is a quorum; or 0.
  explicit Quorum(const Cluster& cluster, std::uint32_t before = 0);

  // As a set (Bit); 0: nobody is promised anything.
  std::uint32_t servers() const { return servers_; }
  bool Has(ServerId server) const { return (servers_ & Bit(server)) != 0; }
  // The leader with the highest term that is one of them or can send to one of them; 0: none.
  ServerId Leader() const;
  // REQUIRES: the server is up.
  const ServerStatus& StatusOf(ServerId server) const { return *status_[server - 1]; }

 private:
  bool IsWhole(ServerId server) const;
  bool IsPromised(std::uint32_t servers) const;
  bool AreConnected(std::uint32_t servers) const;
  bool IsHarmless(ServerId outsider, std::uint32_t servers) const;

  const Cluster& cluster_;
  std::vector<std::optional<ServerStatus>> status_;  // of the servers that are up
  const Membership* newest_ = nullptr;               // in force at a whole server
  bool stuck_disk_ = false;                          // of a server that is up
  std::uint32_t servers_ = 0;
};

}  // namespace tracegen
