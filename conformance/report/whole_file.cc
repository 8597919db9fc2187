#include "conformance/report/whole_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

namespace conformance {
namespace {

// A link stays a link: what it leads to is written.
std::string PlaceOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

bool IsSpecial(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

}  // namespace

WholeFile::WholeFile(std::string path)
    : path_(std::move(path)),
      place_(PlaceOf(path_)),
      written_(IsSpecial(place_) ? place_ : place_ + std::string(kUnfinished)) {
  errno = 0;
  stream_.open(written_, std::ios::binary | std::ios::trunc);
  if (!stream_) opened_ = errno != 0 ? errno : EIO;
}

WholeFile::~WholeFile() {
  if (committed_ || opened_ != 0 || written_ == place_) return;
  stream_.close();
  std::error_code ignored;
  std::filesystem::remove(written_, ignored);
}

std::string WholeFile::Commit() {
  const auto why = [this](int error) {
    return path_ + ": cannot be written: " + std::strerror(error);
  };
  if (opened_ != 0) return why(opened_);
  if (stream_) errno = 0;  // else a write failed, and told why
  stream_.close();
  if (!stream_) return why(errno != 0 ? errno : EIO);
  std::error_code error;
  if (written_ != place_) std::filesystem::rename(written_, place_, error);
  if (error) return why(error.value());
  committed_ = true;
  return {};
}

std::string WriteWhole(const std::string& path, std::string_view text) {
  WholeFile file(path);
  file.stream() << text;
  return file.Commit();
}

bool IsSameFile(const std::string& input, const std::string& output) {
  std::error_code error;
  return !input.empty() && !output.empty() && std::filesystem::is_regular_file(output, error) &&
         std::filesystem::equivalent(input == "-" ? "/dev/stdin" : input, output, error);
}

std::string WhyNotWritten(const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs) {
  std::set<std::string> places;
  for (const std::string& output : outputs) {
    if (output.empty()) continue;
    for (const std::string& input : inputs) {
      if (IsSameFile(input, output)) {
        return output + ": is read, and would be written over; expected another file";
      }
    }
    std::error_code error;
    const std::filesystem::path place = std::filesystem::weakly_canonical(output, error);
    if (error) continue;
    if (std::filesystem::is_directory(place, error)) {
      return output + ": cannot be written: " + std::strerror(EISDIR);
    }
    if (IsSpecial(output)) continue;
    if (!places.insert(place.string()).second) {
      return output + ": would be written twice; expected another file for each";
    }
    if (access(place.has_parent_path() ? place.parent_path().c_str() : ".", W_OK | X_OK) != 0) {
      return output + ": cannot be written: " + std::strerror(errno);
    }
  }
  return {};
}

}  // namespace conformance
