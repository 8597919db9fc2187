#include "raft/trace/printable.h"

#include <cstddef>
#include <cstdint>

namespace trace {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

unsigned char ByteAt(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

void AppendByte(std::string& out, unsigned char byte) {
  if (byte == '\n') {
    out += "\\n";
  } else if (byte == '\r') {
    out += "\\r";
  } else if (byte == '\t') {
    out += "\\t";
  } else {
    out += {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
}

// The length of the UTF-8 sequence at `at` and its character; 0 if there is none.
std::size_t Decode(std::string_view text, std::size_t at, std::uint32_t& character) {
  const unsigned char first = ByteAt(text, at);
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return 0;
  character = first & (0xffU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    const unsigned char next = ByteAt(text, at + k);
    if ((next & 0xc0U) != 0x80U) return 0;
    character = character << 6U | (next & 0x3fU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  return character < kLeast[length] || surrogate || character > 0x10ffff ? 0 : length;
}

bool IsObeyed(std::uint32_t character) {
  const auto within = [character](std::uint32_t first, std::uint32_t last) {
    return character >= first && character <= last;
  };
  return within(0x80, 0x9f) || within(0x2028, 0x202e) || within(0x2066, 0x2069) ||
         within(0x200e, 0x200f) || character == 0x061c;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const unsigned char byte = ByteAt(text, at);
    if (byte < 0x80) {
      if (byte < 0x20 || byte == 0x7f) {
        AppendByte(out, byte);
      } else {
        out += text[at];
      }
      ++at;
      continue;
    }
    std::uint32_t character = 0;
    const std::size_t length = Decode(text, at, character);
    if (length == 0) {
      AppendByte(out, byte);
      ++at;
      continue;
    }
    if (IsObeyed(character)) {
      out += "\\u";
      for (unsigned shift = 16; shift > 0; shift -= 4) {
        out += kDigits[character >> (shift - 4) & 15U];
      }
    } else {
      out += text.substr(at, length);
    }
    at += length;
  }
  return out;
}

}  // namespace trace
