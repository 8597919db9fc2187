// What an operation on a disk came to.  Errors are values, one line for people: what was done to
// which file, where in it, and what went wrong.  The shape is that of the C++23 std::expected, by
// the library for C++20.  One thing differs: value() of an error throws nothing, it is a broken
// check (raft/check.h) that says the error.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "raft/check.h"

namespace raft {

struct IoError {
  std::string message;
};

template <class T>
class IoResult : public tl::expected<T, IoError> {
 public:
  using tl::expected<T, IoError>::expected;

  decltype(auto) value() & {
    Check();
    if constexpr (!std::is_void_v<T>) return **this;
  }
  decltype(auto) value() const& {
    Check();
    if constexpr (!std::is_void_v<T>) return **this;
  }
  decltype(auto) value() && {
    Check();
    if constexpr (!std::is_void_v<T>) return *std::move(*this);
  }

 private:
  void Check() const {
    if (!this->has_value()) CheckFailed(__FILE__, __LINE__, this->error().message.c_str());
  }
};
using IoStatus = IoResult<void>;

// What a function returns in place of a value.
inline tl::unexpected<IoError> IoFailure(IoError error) {
  return tl::unexpected<IoError>(std::move(error));
}
inline tl::unexpected<IoError> IoFailure(std::string message) {
  return IoFailure(IoError{std::move(message)});
}

}  // namespace raft
