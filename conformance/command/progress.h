// How far a long command is, on standard error while that is a terminal; nothing into a pipe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "raft/trace/watch.h"

namespace command {

// One line that is written over and over, cut to the width of the terminal.  Where that knows no
// codes (TERM=dumb) it is a line of its own every ten seconds.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Is it time for a new text?  Never, if nobody sees it.
  bool IsDue() const;
  // Shows the text if it is time.
  void Show(const std::string& text);

 private:
  bool terminal_;
  bool dumb_;
  bool begun_ = false;
  std::chrono::steady_clock::time_point last_;
};

// Removes the line that is shown now, for what is written to standard error in between.
void EraseProgress();

// The inputs of a command: ends them when the user interrupts, and shows how far they are.  Watches
// may be called from several threads; their InputProgress outlives them.
class InputProgress {
 public:
  explicit InputProgress(const std::vector<std::string>& files);
  // "-" is standard input.  `file`: its number in `files`.
  trace::Watch WatchOf(std::size_t file = 0);

 private:
  struct File {
    std::uint64_t read = 0;
    std::uint64_t size = 0;  // 0: unknown
  };
  void Show();

  std::mutex mutex_;  // guards the rest
  Progress progress_;
  std::vector<File> files_;
};

}  // namespace command
