#include "raft/conf_change.h"

#include <algorithm>

#include "raft/bytes.h"

namespace raft {
namespace {

// One byte for the transition, four for the number of changes, nine for each change, then the
// context; numbers little-endian.
constexpr std::size_t kHeaderBytes = 5;
constexpr std::size_t kChangeBytes = 9;

}  // namespace

Payload Encode(const ConfChange& change) {
  if (change == ConfChange{}) return {};
  std::string bytes;
  PutNumber(bytes, static_cast<std::uint8_t>(change.transition));
  PutNumber(bytes, static_cast<std::uint32_t>(change.changes.size()));
  for (const ConfChangeSingle& single : change.changes) {
    PutNumber(bytes, static_cast<std::uint8_t>(single.type));
    PutNumber(bytes, single.node.value());
  }
  return bytes + change.context;
}

std::optional<ConfChange> Decode(std::string_view bytes) {
  ConfChange change;
  if (bytes.empty()) return change;
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const auto transition = GetNumber<std::uint8_t>(bytes, 0);
  const auto count = GetNumber<std::uint32_t>(bytes, 1);
  if (transition > static_cast<std::uint8_t>(ConfChangeTransition::kJointExplicit) ||
      count > (bytes.size() - kHeaderBytes) / kChangeBytes) {
    return std::nullopt;
  }
  change.transition = static_cast<ConfChangeTransition>(transition);
  std::size_t at = kHeaderBytes;
  for (std::uint64_t k = 0; k < count; ++k, at += kChangeBytes) {
    const auto type = GetNumber<std::uint8_t>(bytes, at);
    const NodeId node(GetNumber<std::uint64_t>(bytes, at + 1));
    if (type > static_cast<std::uint8_t>(ConfChangeType::kAddLearnerNode) || node == kNone) {
      return std::nullopt;
    }
    change.changes.push_back({static_cast<ConfChangeType>(type), node});
  }
  change.context = bytes.substr(at);
  return change;
}

}  // namespace raft
