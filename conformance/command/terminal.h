// The person at the other end: what is said on standard error; colour and progress on a terminal,
// none into a pipe; Ctrl-C.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace command {

// Colour on standard output: it is a terminal, and NO_COLOR is not set.
bool ColourOutput();

// A line on standard error: what is wrong, and what is worth knowing.
void Complain(const std::string& text);
// Complains of what the user gave, and returns kBadInput.
int Refuse(const std::string& text);
// Who asked for JSON reads {"error": text} on standard output, too: of what is refused, and of any
// other end without a result.
void RefuseInJson(bool json);
void SayInJson(const std::string& text);
void Note(const std::string& text);

// Ctrl-C, SIGTERM and SIGHUP ask for a clean stop; a second one kills.
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

}  // namespace command
