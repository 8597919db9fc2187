// Text of others (names of files, what an input says) on its way to a person: what a terminal would
// obey is written as an escape.
#pragma once

#include <string>
#include <string_view>

namespace trace {

// Control characters as \n, \r, \t, \x1b, \u009b; bytes that are no UTF-8 as \xff; the characters
// that turn the direction of text or end a line as \u202e.  All else stays, backslashes too, so
// doing it twice changes nothing.
std::string Printable(std::string_view text);

}  // namespace trace
