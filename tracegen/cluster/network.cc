#include "tracegen/cluster/network.h"

#include <algorithm>
#include <utility>

namespace tracegen {

Network::Network(std::uint32_t servers)
    : servers_(servers),
      links_(static_cast<std::size_t>(servers) * servers),
      cut_(static_cast<std::size_t>(servers) * servers, false) {}

void Network::Send(ServerId from, ServerId to, PacketPtr packet) {
  links_[Link(from, to)].push_back(std::move(packet));
}

const PacketPtr& Network::Peek(ServerId from, ServerId to, std::uint32_t k) const {
  static const PacketPtr kNothing;
  const std::vector<PacketPtr>& link = links_[Link(from, to)];
  if (link.empty()) return kNothing;
  return link[std::min<std::size_t>(k, link.size() - 1)];
}

PacketPtr Network::Take(ServerId from, ServerId to, std::uint32_t k) {
  std::vector<PacketPtr>& link = links_[Link(from, to)];
  if (link.empty()) return nullptr;
  const auto position =
      link.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(k, link.size() - 1));
  PacketPtr taken = std::move(*position);
  link.erase(position);
  return taken;
}

}  // namespace tracegen
