#include "raft/message.h"

namespace raft {

std::uint64_t Digest(const Entry& entry) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3U; };
  add(static_cast<std::uint8_t>(entry.type));
  for (const char c : entry.data) add(static_cast<std::uint8_t>(c));
  return hash;
}

}  // namespace raft
