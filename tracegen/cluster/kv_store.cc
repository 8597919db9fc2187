#include "tracegen/cluster/kv_store.h"

#include <charconv>
#include <utility>

#include "raft/random.h"

namespace tracegen {
namespace {

// Each part is written as its length, a colon and its bytes: "3:put1:x2:42".
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

std::string Put(std::uint64_t request, std::string_view key, std::string_view value) {
  const std::string number = std::to_string(request);
  std::string command;
  for (const std::string_view part :
       {std::string_view("put"), std::string_view(number), key, value})
    Write(part, command);
  return command;
}

std::string CompareAndSwap(std::uint64_t request, std::string_view key,
                           const std::optional<std::string>& expected, std::string_view value) {
  const std::string number = std::to_string(request);
  std::string command;
  for (const std::string_view part :
       {std::string_view("cas"), std::string_view(number), key, value})
    Write(part, command);
  if (expected) Write(*expected, command);
  return command;
}

void KvStore::Set(std::string_view key, std::string_view value) {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    values_.emplace(key, value);
  } else {
    if (found->second == value) return;
    digest_ -= DigestOf(key, found->second);
    found->second = value;
  }
  digest_ += DigestOf(key, value);
}

// Merges the request with the stretches directly before and after it.
bool KvStore::IsNew(std::uint64_t request) {
  auto after = requests_.upper_bound(request);
  if (after != requests_.begin()) {
    const auto before = std::prev(after);
    if (before->second > request) return false;
    if (before->second == request) {
      before->second = request + 1;
      if (after != requests_.end() && after->first == request + 1) {
        before->second = after->second;
        requests_.erase(after);
      }
      return true;
    }
  }
  std::uint64_t end = request + 1;
  if (after != requests_.end() && after->first == end) {
    end = after->second;
    requests_.erase(after);
  }
  requests_[request] = end;
  return true;
}

KvStore::Effect KvStore::Apply(std::uint64_t index, std::string_view bytes) {
  applied_ = index;
  const auto command = Read(bytes);
  const auto request = command ? ReadNumber(bytes) : std::nullopt;
  const auto key = request ? Read(bytes) : std::nullopt;
  const auto value = key ? Read(bytes) : std::nullopt;
  if (!value || (*command != "put" && *command != "cas") || !IsNew(*request)) return {};
  if (*command == "cas") {
    const auto expected = Read(bytes);
    const std::optional<std::string> now = Get(*key);
    const bool equal = expected ? now && *now == *expected : !now;
    if (!equal) return {*request, false};
  }
  Set(*key, *value);
  return {*request, true};
}

std::optional<std::string> KvStore::Get(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string KvStore::Snapshot() const {
  std::string bytes;
  const auto number = [&bytes](std::uint64_t value) { Write(std::to_string(value), bytes); };
  number(applied_), number(requests_.size()), number(values_.size());
  for (const auto& [begin, end] : requests_) number(begin), number(end);
  for (const auto& [key, value] : values_) Write(key, bytes), Write(value, bytes);
  return bytes;
}

bool KvStore::Restore(std::string_view snapshot) {
  KvStore restored;
  const auto applied = ReadNumber(snapshot);
  const auto requests = ReadNumber(snapshot);
  const auto size = ReadNumber(snapshot);
  if (!applied || !requests || !size) return false;
  restored.applied_ = *applied;
  for (std::uint64_t k = 0; k < *requests; ++k) {
    const auto begin = ReadNumber(snapshot);
    const auto end = begin ? ReadNumber(snapshot) : std::nullopt;
    if (!end) return false;
    restored.requests_[*begin] = *end;
  }
  while (!snapshot.empty()) {
    const auto key = Read(snapshot);
    const auto value = key ? Read(snapshot) : std::nullopt;
    if (!value) return false;
    restored.Set(*key, *value);
  }
  if (restored.size() != *size) return false;  // truncated
  *this = std::move(restored);
  return true;
}

}  // namespace tracegen
