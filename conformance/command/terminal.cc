#include "conformance/command/terminal.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "conformance/command/exit_status.h"
#include "conformance/command/progress.h"
#include "conformance/report/json_line.h"
#include "raft/trace/printable.h"
#include "raft/trace/text_file.h"

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

void Complain(const std::string& text) {
  EraseProgress();
  Log().error(trace::Printable(text));
}

int Refuse(const std::string& text) {
  Complain(text);
  SayInJson(text);
  return kBadInput;
}

void RefuseInJson(bool json) { refuse_in_json = json; }

void SayInJson(const std::string& text) {
  if (refuse_in_json) std::cout << conformance::JsonLine().Add("error", text).Text() << "\n";
}

void Note(const std::string& text) {
  EraseProgress();
  Log().info(trace::Printable(text));
}

bool ColourOutput() { return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

tl::expected<std::string, int> ReadInput(const std::string& path) {
  InputProgress input({path});
  auto text = trace::ReadTextFile(path, input.WatchOf());
  if (Interrupted()) {
    Complain(path + ": interrupted before it was read");
    SayInJson(path + ": interrupted before it was read");
    return tl::unexpected<int>(kUnfinished);
  }
  if (!text) return tl::unexpected<int>(Refuse(path + ": " + text.error().message));
  return std::move(*text);
}

void CatchInterrupt() {
  // What is too large for ulimit -f is told, as a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  for (const int stop : kStops) {
    struct sigaction now {};
    sigaction(stop, nullptr, &now);
    // What the caller ignores, as nohup does, stays ignored.
    if (now.sa_handler == SIG_IGN) continue;
    struct sigaction ours {};
    ours.sa_handler = OnInterrupt;  // without SA_RESTART: a call that waits returns
    sigemptyset(&ours.sa_mask);
    sigaction(stop, &ours, nullptr);
  }
}

bool Interrupted() { return interrupted; }

}  // namespace command
