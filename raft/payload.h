// Bytes that nobody changes, shared by whoever holds them: the data of an entry, of a snapshot, the
// context of a read.  Copying one costs a reference count, so that an entry goes from the proposal
// through the log, the messages and the disk to the application with one allocation in all.
// Threads: copies may be used on different threads, as those of a std::shared_ptr.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace raft {

class Payload {
 public:
  // Bytes; no entry with more is proposed or stored.
  static constexpr std::size_t kMaxSize = (std::size_t{1} << 31U) - 1024;

  Payload() = default;
  // Implicit on purpose: a proposal is written as the string that it is.
  Payload(std::string_view bytes) : size_(bytes.size()) {  // NOLINT
    if (bytes.empty()) return;
    auto copy = std::make_shared_for_overwrite<char[]>(bytes.size());
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    bytes_ = std::move(copy);
  }
  Payload(const std::string& bytes) : Payload(std::string_view(bytes)) {}  // NOLINT
  Payload(const char* text) : Payload(std::string_view(text)) {}           // NOLINT

  // Without a copy.
  Payload(std::shared_ptr<const char[]> bytes, std::size_t size)
      : bytes_(std::move(bytes)), size_(size) {}

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  friend bool operator==(const Payload& a, const Payload& b) {
    return a.bytes_ == b.bytes_ ? a.size_ == b.size_ : a.view() == b.view();
  }

 private:
  std::shared_ptr<const char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace raft
