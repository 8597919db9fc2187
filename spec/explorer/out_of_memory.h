// std::bad_alloc that says what the memory was for.
#pragma once

#include <new>
#include <string>
#include <utility>

namespace spec::explorer {

class OutOfMemory : public std::bad_alloc {
 public:
  // `what` is a part of a line: "a table of 12 MiB for fingerprints".
  explicit OutOfMemory(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

}  // namespace spec::explorer
