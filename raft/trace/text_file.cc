#include "raft/trace/text_file.h"

#include <utility>

#include "raft/trace/source.h"

namespace trace {

Result<std::string> ReadTextFile(const std::string& path, Watch watch, std::size_t most) {
  constexpr std::size_t kBlock = std::size_t{1} << 16U;
  auto source = OpenSource(path, std::move(watch));
  if (!source) return Failure(std::move(source.error()));
  std::string text;
  for (std::size_t used = 0;;) {
    text.resize(used + kBlock);
    const auto count = (*source)->Read(text.data() + used, kBlock);
    if (!count && !(*source)->stopped()) return Failure(count.error());
    if (!count || *count == 0) {
      text.resize(used);
      return text;
    }
    used += *count;
    if (used > most) {
      return Failure(0, "has more than " + std::to_string(most >> 20U) +
                            " MiB: expected a schedule or a configuration");
    }
  }
}

}  // namespace trace
