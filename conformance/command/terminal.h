// The person at the other end: colour and progress on a terminal, none into a pipe; Ctrl-C.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace command {

// Colour on standard output: it is a terminal, and NO_COLOR is not set.
bool ColourOutput();

// Ctrl-C asks for a clean stop; a second one kills.
void CatchInterrupt();
bool Interrupted();

// One line on standard error that is written over and over, while it is a terminal.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Shows the text if the last one is at least a fifth of a second old.
  void Show(const std::string& text);

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

// Seconds since the object was made.  Not spdlog's: that brings fmt along, and takes
// longer to compile (0.8 to 1.0 s) than all of this header (0.6 s).
class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace command
