// What an operation on a disk came to.  Errors are values, one line for people: what was done to
// which file, where in it, and what went wrong.  The shape is that of the C++23 std::expected, by
// the library for C++20; nothing of ours calls its value(), which throws.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace raft {

struct IoError {
  std::string message;
};

template <class T>
using IoResult = tl::expected<T, IoError>;
using IoStatus = IoResult<void>;

// What a function returns in place of a value.
inline tl::unexpected<IoError> IoFailure(IoError error) {
  return tl::unexpected<IoError>(std::move(error));
}
inline tl::unexpected<IoError> IoFailure(std::string message) {
  return IoFailure(IoError{std::move(message)});
}

}  // namespace raft
