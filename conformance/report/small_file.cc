#include "conformance/report/small_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace conformance {

tl::expected<std::string, std::string> ReadSmallFile(const std::string& path) {
  const auto fail = [&path](const std::string& why) {
    return tl::unexpected(path + ": cannot be read: " + why);
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) return fail(std::strerror(errno));
  std::string text;
  for (std::size_t size = 0;; size = text.size()) {
    constexpr std::size_t kBlock = std::size_t{1} << 16U;
    text.resize(size + kBlock);
    text.resize(size + std::fread(text.data() + size, 1, kBlock, file.get()));
    if (std::ferror(file.get()) != 0) return fail(std::strerror(errno));
    if (text.size() > kMostText) {
      return tl::unexpected(path + ": has more than " + std::to_string(kMostText >> 20U) +
                            " MiB: expected a schedule or a configuration");
    }
    if (text.size() == size) return text;
  }
}

}  // namespace conformance
