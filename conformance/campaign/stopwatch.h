// Seconds since an object was made: for limits of time and for progress.  Never for a verdict.
#pragma once

#include <chrono>

namespace campaign {

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace campaign
