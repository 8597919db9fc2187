#include "tracegen/kv_store.h"

#include <charconv>
#include <utility>

#include "raft/random.h"

namespace tracegen {
namespace {

// Every part is written as its length, a colon and its bytes: "3:put1:x2:42".
void Write(std::string_view part, std::string& out) {
  out += std::to_string(part.size());
  out += ':';
  out += part;
}

std::optional<std::string_view> Read(std::string_view& bytes) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), length);
  if (error != std::errc() || end == bytes.data() + bytes.size() || *end != ':') return {};
  bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()) + 1);
  if (length > bytes.size()) return {};
  const std::string_view part = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return part;
}

std::uint64_t DigestOf(std::string_view key, std::string_view value) {
  std::uint64_t hash = key.size();
  for (const std::string_view part : {key, value}) {
    for (const char c : part) hash = raft::Random::Mix(hash + static_cast<unsigned char>(c) + 1);
  }
  return hash;
}

std::optional<std::uint64_t> ReadNumber(std::string_view& bytes) {
  const std::optional<std::string_view> part = Read(bytes);
  if (!part) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(part->data(), part->data() + part->size(), number);
  if (error != std::errc() || end != part->data() + part->size()) return std::nullopt;
  return number;
}

}  // namespace

std::string Put(std::string_view key, std::string_view value) {
  std::string command;
  for (const std::string_view part : {std::string_view("put"), key, value}) Write(part, command);
  return command;
}

std::string CompareAndSwap(std::string_view key, const std::optional<std::string>& expected,
                           std::string_view value) {
  std::string command;
  for (const std::string_view part : {std::string_view("cas"), key, value}) Write(part, command);
  if (expected) Write(*expected, command);
  return command;
}

bool KvStore::Set(std::string_view key, std::string_view value) {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    values_.emplace(key, value);
  } else {
    if (found->second == value) return false;
    digest_ -= DigestOf(key, found->second);
    found->second = value;
  }
  digest_ += DigestOf(key, value);
  return true;
}

bool KvStore::Apply(const raft::Entry& entry) {
  applied_ = entry.index;
  if (entry.type != raft::EntryType::kNormal) return false;
  std::string_view bytes = entry.data.view();
  const auto command = Read(bytes);
  const auto key = command ? Read(bytes) : std::nullopt;
  const auto value = key ? Read(bytes) : std::nullopt;
  if (!value) return false;
  if (*command == "put") return Set(*key, *value);
  if (*command != "cas") return false;
  const auto expected = Read(bytes);
  const std::optional<std::string> now = Get(*key);
  const bool equal = expected ? now && *now == *expected : !now;
  return equal && Set(*key, *value);
}

std::optional<std::string> KvStore::Get(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string KvStore::Snapshot() const {
  std::string bytes;
  Write(std::to_string(applied_.value()), bytes);
  Write(std::to_string(values_.size()), bytes);
  for (const auto& [key, value] : values_) Write(key, bytes), Write(value, bytes);
  return bytes;
}

bool KvStore::Restore(std::string_view snapshot) {
  KvStore restored;
  const std::optional<std::uint64_t> applied = ReadNumber(snapshot);
  const std::optional<std::uint64_t> size = ReadNumber(snapshot);
  if (!applied || !size) return false;
  restored.applied_ = raft::Index(*applied);
  while (!snapshot.empty()) {
    const auto key = Read(snapshot);
    const auto value = key ? Read(snapshot) : std::nullopt;
    if (!value) return false;
    restored.Set(*key, *value);
  }
  if (restored.size() != *size) return false;  // cut off
  *this = std::move(restored);
  return true;
}

}  // namespace tracegen
