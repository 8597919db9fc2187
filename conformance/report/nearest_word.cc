#include "conformance/report/nearest_word.h"

#include <algorithm>
#include <cstddef>

namespace conformance {
namespace {

// Optimal string alignment, row by row.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string NearestWord(std::string_view written, const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 64;  // what is longer is no misspelling of ours
  if (written.size() > kLongest) return {};
  std::string nearest;
  std::size_t least = std::max<std::size_t>(1, written.size() / 3) + 1;
  for (const std::string& word : words) {
    const bool beginning = written.size() >= 3 && word.starts_with(written);
    const std::size_t distance = beginning ? 1 : Distance(written, word);
    if (distance >= least) continue;
    least = distance;
    nearest = word;
  }
  return nearest;
}

std::string DidYouMean(std::string_view written, const std::vector<std::string>& words) {
  const std::string nearest = NearestWord(written, words);
  return nearest.empty() ? nearest : " (did you mean " + nearest + "?)";
}

}  // namespace conformance
