// The person at the other end: what is said on standard error; colour on a terminal, none into a
// pipe; Ctrl-C.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace command {

// Colour on standard output: it is a terminal, and NO_COLOR is not set.
bool ColourOutput();

// A line on standard error: what is wrong, and what is worth knowing.  What a terminal would obey
// in it (control characters of a file's name) is written as an escape.
void Complain(const std::string& text);
// Complains of what the user gave, and returns kBadInput.
int Refuse(const std::string& text);
// Who asked for JSON reads {"error": text} on standard output, too: of what is refused, and of any
// other end without a result.
void RefuseInJson(bool json);
void SayInJson(const std::string& text);
void Note(const std::string& text);

// The whole text of a small input (trace::ReadTextFile).  Without it: what the command shall
// return, after the reason was told.
tl::expected<std::string, int> ReadInput(const std::string& path);

// Ctrl-C, SIGTERM and SIGHUP ask for a clean stop, also of a call that waits; a second one kills.
void CatchInterrupt();
bool Interrupted();

}  // namespace command
