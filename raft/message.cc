#include "raft/message.h"

namespace raft {

std::uint64_t Digest(const Entry& entry) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3U; };
  add(static_cast<std::uint8_t>(entry.type));
  for (const char c : entry.data.view()) add(static_cast<std::uint8_t>(c));
  return hash;
}

std::uint64_t SizeOf(const std::vector<Entry>& entries) {
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries) bytes += entry.data.size();
  return bytes;
}

bool operator==(const Message& a, const Message& b) {
  const bool same_snapshot =
      a.snapshot == b.snapshot || (a.snapshot && b.snapshot && *a.snapshot == *b.snapshot);
  return same_snapshot && a.type == b.type && a.reject == b.reject && a.to == b.to &&
         a.from == b.from && a.term == b.term && a.log_term == b.log_term && a.index == b.index &&
         a.commit == b.commit && a.reject_hint == b.reject_hint && a.vote == b.vote &&
         a.entries == b.entries && a.context == b.context && a.responses == b.responses;
}

}  // namespace raft
