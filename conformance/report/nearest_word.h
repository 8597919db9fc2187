// "Did you mean": the word that somebody most likely wanted to write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace conformance {

// The word of `words` that `written` is a misspelling or a beginning of; empty if none is near.
// Letters that are left out, added, changed, or exchanged with their neighbour count as one each.
std::string NearestWord(std::string_view written, const std::vector<std::string>& words);

// " (did you mean WORD?)", or nothing.
std::string DidYouMean(std::string_view written, const std::vector<std::string>& words);

}  // namespace conformance
