#include "raft/conf_change.h"

#include <algorithm>

namespace raft {
namespace {

// One byte for the transition, four for the number of changes, nine for each change, then the
// context; numbers little-endian.
constexpr std::size_t kHeaderBytes = 5;
constexpr std::size_t kChangeBytes = 9;

void PutNumber(std::string& bytes, std::uint64_t value, int width) {
  for (int k = 0; k < width; ++k) {
    bytes.push_back(static_cast<char>((value >> (8U * static_cast<unsigned>(k))) & 0xffU));
  }
}

std::uint64_t GetNumber(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < width; ++k) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[at + k])} << (8U * k);
  }
  return value;
}

}  // namespace

Payload Encode(const ConfChange& change) {
  if (change == ConfChange{}) return {};
  std::string bytes;
  PutNumber(bytes, static_cast<std::uint64_t>(change.transition), 1);
  PutNumber(bytes, change.changes.size(), 4);
  for (const ConfChangeSingle& single : change.changes) {
    PutNumber(bytes, static_cast<std::uint64_t>(single.type), 1);
    PutNumber(bytes, single.node.value(), 8);
  }
  return bytes + change.context;
}

std::optional<ConfChange> Decode(std::string_view bytes) {
  ConfChange change;
  if (bytes.empty()) return change;
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const std::uint64_t transition = GetNumber(bytes, 0, 1);
  const std::uint64_t count = GetNumber(bytes, 1, 4);
  if (transition > static_cast<std::uint64_t>(ConfChangeTransition::kJointExplicit) ||
      count > (bytes.size() - kHeaderBytes) / kChangeBytes) {
    return std::nullopt;
  }
  change.transition = static_cast<ConfChangeTransition>(transition);
  std::size_t at = kHeaderBytes;
  for (std::uint64_t k = 0; k < count; ++k, at += kChangeBytes) {
    const std::uint64_t type = GetNumber(bytes, at, 1);
    const NodeId node(GetNumber(bytes, at + 1, 8));
    if (type > static_cast<std::uint64_t>(ConfChangeType::kAddLearnerNode) || node == kNone) {
      return std::nullopt;
    }
    change.changes.push_back({static_cast<ConfChangeType>(type), node});
  }
  change.context = bytes.substr(at);
  return change;
}

}  // namespace raft
