#include "conformance/command/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "conformance/command/terminal.h"
#include "raft/trace/printable.h"

namespace command {
namespace {

std::atomic<bool> shown{false};

std::size_t Width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const columns = std::getenv("COLUMNS");
  const int told = columns == nullptr ? 0 : std::atoi(columns);
  return told > 0 ? static_cast<std::size_t>(told) : 80;
}

// At most so many characters, and none of them in halves.
std::string Cut(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
    if (begins && ++characters > width) return text.substr(0, at);
  }
  return text;
}

bool IsDumb() {
  const char* const term = std::getenv("TERM");
  return term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
}

std::string Megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6);
}

}  // namespace

void EraseProgress() {
  if (!shown.exchange(false)) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

Progress::Progress()
    : terminal_(isatty(STDERR_FILENO) != 0),
      dumb_(IsDumb()),
      last_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { EraseProgress(); }

bool Progress::IsDue() const {
  if (!terminal_) return false;
  // What takes no longer than a fifth of a second needs no progress.
  const auto pause =
      dumb_ && begun_ ? std::chrono::milliseconds(10000) : std::chrono::milliseconds(200);
  return std::chrono::steady_clock::now() - last_ >= pause;
}

void Progress::Show(const std::string& text) {
  if (!IsDue()) return;
  last_ = std::chrono::steady_clock::now();
  begun_ = true;
  // The last column stays free: some terminals go to the next line when it is written.
  const std::string line = Cut(trace::Printable(text), Width() - 1);
  if (dumb_) {
    std::fprintf(stderr, "%s\n", line.c_str());
  } else {
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    shown = true;
  }
  std::fflush(stderr);
}

InputProgress::InputProgress(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    std::error_code error;
    const bool regular = file != "-" && std::filesystem::is_regular_file(file, error);
    const std::uint64_t size = regular ? std::filesystem::file_size(file, error) : 0;
    files_.push_back({0, error ? 0 : size});
  }
}

trace::Watch InputProgress::WatchOf(std::size_t file) {
  return [this, file](std::uint64_t read, std::uint64_t size) {
    if (Interrupted()) return false;
    const std::lock_guard lock(mutex_);
    files_[file] = {read, std::max(size, files_[file].size)};
    if (progress_.IsDue()) Show();
    return true;
  };
}

void InputProgress::Show() {
  std::uint64_t read = 0;
  std::uint64_t size = 0;
  std::size_t begun = 0;
  bool known = true;
  for (const File& file : files_) {
    read += file.read;
    size += file.size;
    begun += file.read > 0 ? 1 : 0;
    known = known && file.size > 0;
  }
  std::string text;
  if (files_.size() > 1) text = fmt::format("{} of {} files begun, ", begun, files_.size());
  text += known ? fmt::format("{} of {} MB read, {} %", Megabytes(read), Megabytes(size),
                              size == 0 ? 100 : 100 * read / size)
                : Megabytes(read) + " MB read";
  progress_.Show(text);
}

}  // namespace command
