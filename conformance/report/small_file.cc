#include "conformance/report/small_file.h"

#include "raft/trace/text_file.h"

namespace conformance {

tl::expected<std::string, std::string> ReadSmallFile(const std::string& path,
                                                     const trace::Watch& watch) {
  auto text = trace::ReadTextFile(path, kMostText, watch);
  if (!text) return tl::unexpected(path + ": " + text.error().message);
  return std::move(*text);
}

}  // namespace conformance
