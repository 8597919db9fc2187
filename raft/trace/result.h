// A value, or why there is none.  What this is: the return type of everything that reads input,
// for bad input is a value here, never an exception.  It is the C++23 std::expected, by the
// library of that shape for C++20; nothing of ours calls its value(), which throws.
// Read next: reader.h, which is the main producer of these.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace trace {

struct Error {
  std::uint64_t line = 0;  // of the input, from 1; 0 when the error belongs to no line
  std::string message;     // one line: where, what was expected, what was found
  // Compressed data is not what was written, or is cut off: what was read of it may be wrong, too.
  bool damaged = false;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

// What a function returns in place of a value.
inline tl::unexpected<Error> Failure(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> Failure(std::uint64_t line, std::string message) {
  return Failure(Error{line, std::move(message)});
}

}  // namespace trace
