// The command as a process whose standard error is a terminal: for signals, progress and inputs
// that never end.  It waits for what the command shows, never for a time, and it leaves no process
// behind.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

// A model that nobody searches or plays to its end.
inline std::string HugeModelText() {
  std::ifstream file(RAFTCHECK_SOURCE_DIR "/tla/MCRaftLibraryReplication.cfg");
  std::string text(std::istreambuf_iterator<char>(file), {});
  for (const std::string constant : {"MaxTerm", "MaxLogLength", "MaxMessages"}) {
    const std::size_t at = text.find(constant + " = ");
    EXPECT_NE(at, std::string::npos) << constant;
    text.replace(at, text.find('\n', at) - at, constant + " = 5");
  }
  return text;
}

class Process {
 public:
  struct Setting {
    std::string term = "xterm";
    unsigned short columns = 80;  // 0: the terminal does not know
    std::string columns_variable;
    std::string out = "/dev/null";  // file for standard output
  };

  explicit Process(std::vector<std::string> arguments) : Process(std::move(arguments), Setting()) {}
  // Standard input is a pipe that stays open.
  Process(std::vector<std::string> arguments, const Setting& setting) {
    winsize size{24, setting.columns, 0, 0};
    int terminal = -1;
    int input[2] = {-1, -1};
    if (openpty(&screen_, &terminal, nullptr, nullptr, &size) != 0 || pipe(input) != 0) return;
    input_ = input[1];
    fcntl(screen_, F_SETFD, FD_CLOEXEC);
    fcntl(input_, F_SETFD, FD_CLOEXEC);
    arguments.insert(arguments.begin(), RAFTCHECK_BINARY);
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    child_ = fork();
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int out = open(setting.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(input[0], STDIN_FILENO);
      dup2(out, STDOUT_FILENO);
      dup2(terminal, STDERR_FILENO);
      setenv("TERM", setting.term.c_str(), 1);
      unsetenv("COLUMNS");
      if (!setting.columns_variable.empty()) {
        setenv("COLUMNS", setting.columns_variable.c_str(), 1);
      }
      execv(words[0], words.data());
      _exit(127);
    }
    close(terminal);
    close(input[0]);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(screen_);
    CloseInput();
  }

  void Input(const std::string& text) {
    EXPECT_EQ(write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void CloseInput() { close(std::exchange(input_, -1)); }
  void Send(int signal) const { kill(child_, signal); }

  // Waits until the terminal has shown `text`; false if the command ends or hangs before.
  bool WaitFor(const std::string& text) {
    while (shown_.find(text) == std::string::npos) {
      if (!ReadMore()) return false;
    }
    return true;
  }
  // Waits for the end of the command; its exit status, 128 and more for a signal, -1 if it hangs.
  int Wait() {
    while (ReadMore()) {
    }
    pollfd nothing{-1, 0, 0};
    int status = 0;
    for (int tries = 0; tries < kPatience / 10; ++tries) {
      if (waitpid(child_, &status, WNOHANG) == child_) {
        child_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      poll(&nothing, 1, 10);
    }
    return -1;
  }
  const std::string& shown() const { return shown_; }

 private:
  static constexpr int kPatience = 60000;  // milliseconds, for a command that hangs

  // False at the end, which a terminal tells by an error.
  bool ReadMore() {
    pollfd ready{screen_, POLLIN, 0};
    if (poll(&ready, 1, kPatience) <= 0) return false;
    std::array<char, 4096> block{};
    const ssize_t count = read(screen_, block.data(), block.size());
    if (count <= 0) return false;
    shown_.append(block.data(), static_cast<std::size_t>(count));
    return true;
  }

  pid_t child_ = -1;
  int screen_ = -1;
  int input_ = -1;
  std::string shown_;
};
