// The network of the simulated cluster: the packets in flight on each directed link, in the order
// in which they were sent.  It decides nothing: the schedule says which packet is delivered, lost
// or duplicated.  A cut link holds its packets until it is healed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tracegen/server.h"

namespace tracegen {

class Network {
 public:
  explicit Network(std::uint32_t servers);

  void Send(ServerId from, ServerId to, PacketPtr packet);
  // The k-th oldest packet on the link, or the youngest if there are fewer; null if there is none.
  const PacketPtr& Peek(ServerId from, ServerId to, std::uint32_t k) const;
  // Removes and returns the same packet.
  PacketPtr Take(ServerId from, ServerId to, std::uint32_t k);
  std::size_t InFlight(ServerId from, ServerId to) const { return links_[Link(from, to)].size(); }

  void Cut(ServerId from, ServerId to) { cut_[Link(from, to)] = true; }
  bool IsCut(ServerId from, ServerId to) const { return cut_[Link(from, to)]; }
  void Heal() { cut_.assign(cut_.size(), false); }

 private:
  std::size_t Link(ServerId from, ServerId to) const {
    return static_cast<std::size_t>(from - 1) * servers_ + (to - 1);
  }

  std::uint32_t servers_;
  std::vector<std::vector<PacketPtr>> links_;
  std::vector<bool> cut_;
};

}  // namespace tracegen
