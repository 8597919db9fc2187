#include "conformance/command/terminal.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "conformance/command/exit_status.h"
#include "conformance/report/json_line.h"

namespace command {
namespace {

std::atomic<bool> interrupted{false};
bool refuse_in_json = false;

// What CI and containers send to stop a run, and what a terminal sends that is closed.
constexpr int kStops[] = {SIGINT, SIGTERM, SIGHUP};

void OnInterrupt(int /*signal*/) {
  interrupted = true;
  for (const int stop : kStops) std::signal(stop, SIG_DFL);
}

spdlog::logger& Log() {
  static const std::shared_ptr<spdlog::logger> log = [] {
    auto made = spdlog::stderr_color_mt("raftcheck");
    made->set_pattern("raftcheck: %v");
    return made;
  }();
  return *log;
}

}  // namespace

void Complain(const std::string& text) { Log().error(text); }

int Refuse(const std::string& text) {
  Complain(text);
  SayInJson(text);
  return kBadInput;
}

void RefuseInJson(bool json) { refuse_in_json = json; }

void SayInJson(const std::string& text) {
  if (refuse_in_json) std::cout << conformance::JsonLine().Add("error", text).Text() << "\n";
}

void Note(const std::string& text) { Log().info(text); }

bool ColourOutput() { return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

void CatchInterrupt() {
  for (const int stop : kStops) {
    // What the caller ignores, as nohup does, stays ignored.
    if (std::signal(stop, OnInterrupt) == SIG_IGN) std::signal(stop, SIG_IGN);
  }
}

bool Interrupted() { return interrupted; }

Progress::Progress() : terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::Show(const std::string& text) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  shown_ = true;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  std::fflush(stderr);
}

}  // namespace command
