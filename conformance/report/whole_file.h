// A file that is there whole or not at all: it is written beside its place, under the name with
// ".unfinished" added, and renamed when all of it is there.  A process that is killed, or a disk
// that is full, leaves the file that was there before.  What is no regular file (a terminal, a
// pipe) is written to directly.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

inline constexpr std::string_view kUnfinished = ".unfinished";

class WholeFile {
 public:
  // Opens the file; stream() has failed if that was not possible.
  explicit WholeFile(std::string path);
  // Without a Commit the unfinished file is removed.
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  std::ostream& stream() { return stream_; }
  // Puts the file in its place.  Returns one line that says why not, with its name; empty if it is
  // there.
  std::string Commit();

 private:
  std::string path_;
  std::string place_;    // where it shall be: where a link leads to
  std::string written_;  // where it is written
  std::ofstream stream_;
  int opened_ = 0;  // errno
  bool committed_ = false;
};

// The whole of a small file.  Returns as Commit does.
std::string WriteWhole(const std::string& path, std::string_view text);

// Is what would be written to `output` what is read from `input`?
bool IsSameFile(const std::string& input, const std::string& output);

// Why these cannot be written to (empty names are left out), as far as can be known before the work
// is done: one is an input, two are one file, a folder is not there.  One line; empty if they can.
std::string WhyNotWritten(const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs);

}  // namespace conformance
