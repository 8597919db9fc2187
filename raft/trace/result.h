// A value, or why there is none.  What this is: the return type of everything that reads input,
// for bad input is a value here, never an exception.  Asking the wrong half aborts: that is a bug
// of the caller.
// Read next: reader.h, which is the main producer of these.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace trace {

struct Error {
  std::uint64_t line = 0;  // of the input, from 1; 0 when the error belongs to no line
  std::string message;     // one line: where, what was expected, what was found

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose, so that functions can return a value or an Error as it is.
  Result(T value) : half_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : half_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return half_.index() == 0; }

  // Only when ok().
  const T& value() const& {
    CheckOk();
    return *std::get_if<0>(&half_);
  }
  T& value() & {
    CheckOk();
    return *std::get_if<0>(&half_);
  }
  T&& value() && {
    CheckOk();
    return std::move(*std::get_if<0>(&half_));
  }

  // Only when not ok().
  const Error& error() const {
    if (ok()) {
      std::fputs("trace::Result: error() of a Result that holds a value\n", stderr);
      std::abort();
    }
    return *std::get_if<1>(&half_);
  }

 private:
  void CheckOk() const {
    if (!ok()) {
      const Error& error = *std::get_if<1>(&half_);
      std::fprintf(stderr, "trace::Result: value() of an error, line %llu: %s\n",
                   static_cast<unsigned long long>(error.line), error.message.c_str());
      std::abort();
    }
  }

  std::variant<T, Error> half_;
};

}  // namespace trace
