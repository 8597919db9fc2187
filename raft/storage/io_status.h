// What an operation on a disk came to.  Errors are values, one line for people: what was done to
// which file, where in it, and what went wrong.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace raft {

class [[nodiscard]] IoStatus {
 public:
  IoStatus() = default;  // it went well
  static IoStatus Error(std::string message) {
    IoStatus status;
    status.message_ = std::move(message);
    return status;
  }
  bool ok() const { return message_.empty(); }
  const std::string& message() const { return message_; }  // empty if ok

 private:
  std::string message_;
};

template <class T>
class [[nodiscard]] IoResult {
 public:
  // Implicit on purpose, so that functions can return either as it is.
  IoResult(T value) : half_(std::in_place_index<0>, std::move(value)) {}           // NOLINT
  IoResult(IoStatus status) : half_(std::in_place_index<1>, std::move(status)) {}  // NOLINT

  bool ok() const { return half_.index() == 0; }
  T& value() { return std::get<0>(half_); }  // REQUIRES: ok()
  const T& value() const { return std::get<0>(half_); }
  IoStatus status() const { return ok() ? IoStatus() : std::get<1>(half_); }

 private:
  std::variant<T, IoStatus> half_;
};

}  // namespace raft
