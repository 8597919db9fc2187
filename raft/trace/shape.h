// The types of event.h as data, made from their field lists.  What this is: what lets code that
// uses a large JSON library read any of them without being a template: compiled once, not once a
// struct.  Private to this folder.
// Read next: quick_line.cc, thorough_line.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace trace {

struct Shape;

// One entry of a field list.
struct Member {
  std::string_view name;
  bool required = false;
  bool decimal = false;  // numbers are decimal strings, also those in lists
  const Shape* shape = nullptr;
  std::size_t offset = 0;                  // from the begin of its struct
  void* (*begin)(void* member) = nullptr;  // makes the value and says where it is
  void* In(void* object) const { return begin(static_cast<std::byte*>(object) + offset); }
};

struct Shape {
  enum class Kind : std::uint8_t {
    kObject,  // a struct with `members`
    kList,    // a std::vector of `element`
    kPair,    // a std::array of two of `element`
    kName,    // an enumeration of one byte, written as one of `names`
    kTruth,   // bool
    kNumber,  // std::uint64_t
  };
  Kind kind = Kind::kNumber;
  std::vector<Member> members;
  const Shape* element = nullptr;
  void* (*add)(void* list) = nullptr;                    // of kList: one element more
  void* (*half)(void* pair, std::size_t k) = nullptr;    // of kPair
  std::span<const std::string_view> names;               // of kName
  std::string_view what;                                 // of kName: what a message calls it
  std::size_t (*find)(std::string_view name) = nullptr;  // of kName: its place, or names.size()

  const Member* Find(std::string_view name) const {
    for (const Member& member : members) {
      if (member.name == name) return &member;
    }
    return nullptr;
  }
};

const Shape& EventShape();
const Shape& HeaderShape();

}  // namespace trace
