// The network of the simulated cluster: messages in flight on each directed link, in the order in
// which they were sent.  It decides nothing: a schedule says which message arrives, is lost or is
// copied.  A cut link holds its messages until it is healed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "raft/message.h"

namespace tracegen {

class Network {
 public:
  // Servers are 1 .. servers.
  explicit Network(std::uint32_t servers);

  void Send(raft::Message message);
  // The k-th oldest on the link, or the youngest if there are fewer; null if there is none.
  const raft::Message* Peek(std::uint32_t from, std::uint32_t to, std::uint32_t k) const;
  // The same, taken out.
  std::optional<raft::Message> Take(std::uint32_t from, std::uint32_t to, std::uint32_t k);
  std::size_t InFlight(std::uint32_t from, std::uint32_t to) const;

  void Cut(std::uint32_t from, std::uint32_t to) { cut_[Link(from, to)] = true; }
  bool IsCut(std::uint32_t from, std::uint32_t to) const { return cut_[Link(from, to)]; }
  void Heal() { cut_.assign(cut_.size(), false); }

 private:
  std::size_t Link(std::uint32_t from, std::uint32_t to) const {
    return static_cast<std::size_t>(from - 1) * servers_ + (to - 1);
  }

  std::uint32_t servers_;
  std::vector<std::vector<raft::Message>> links_;
  std::vector<bool> cut_;
};

}  // namespace tracegen
