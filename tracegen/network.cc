#include "tracegen/network.h"

#include <algorithm>
#include <utility>

namespace tracegen {

Network::Network(std::uint32_t servers)
    : servers_(servers),
      links_(static_cast<std::size_t>(servers) * servers),
      cut_(static_cast<std::size_t>(servers) * servers, false) {}

void Network::Send(raft::Message message) {
  const auto from = static_cast<std::uint32_t>(message.from.value());
  const auto to = static_cast<std::uint32_t>(message.to.value());
  links_[Link(from, to)].push_back(std::move(message));
}

const raft::Message* Network::Peek(std::uint32_t from, std::uint32_t to, std::uint32_t k) const {
  const std::vector<raft::Message>& link = links_[Link(from, to)];
  if (link.empty()) return nullptr;
  return &link[std::min<std::size_t>(k, link.size() - 1)];
}

std::optional<raft::Message> Network::Take(std::uint32_t from, std::uint32_t to, std::uint32_t k) {
  std::vector<raft::Message>& link = links_[Link(from, to)];
  if (link.empty()) return std::nullopt;
  const auto position =
      link.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(k, link.size() - 1));
  std::optional<raft::Message> taken = std::move(*position);
  link.erase(position);
  return taken;
}

std::size_t Network::InFlight(std::uint32_t from, std::uint32_t to) const {
  return links_[Link(from, to)].size();
}

}  // namespace tracegen
