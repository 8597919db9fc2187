#include "raft/trace/writer.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "raft/trace/format.h"

namespace trace {
namespace {

constexpr std::size_t kBlockBytes = 1U << 16U;

void AppendNumber(std::uint64_t number, std::string& out) {
  std::array<char, 20> digits;  // 2^64 - 1 has twenty
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end.ptr);
}

template <class T>
void AppendValue(std::string_view name, const T& value, std::string& out);

template <class Struct>
void AppendStruct(const Struct& value, std::string& out) {
  out += '{';
  bool first = true;
  const auto member = [&](std::string_view name, const auto& field) {
    if (!first) out += ',';
    first = false;
    out.append("\"").append(name).append("\":");
    AppendValue(name, field, out);
  };
  Struct::Visit(value, [&](std::string_view name, const auto& field) {
    if constexpr (IsField<std::decay_t<decltype(field)>>::value) {
      if (field) member(name, *field);
    } else {
      member(name, field);
    }
  });
  out += '}';
}

template <class List>
void AppendList(std::string_view name, const List& list, std::string& out) {
  out += '[';
  bool first = true;
  for (const auto& element : list) {
    if (!first) out += ',';
    first = false;
    AppendValue(name, element, out);
  }
  out += ']';
}

// The elements of a list carry the name of the list: a list of ids is a list of strings.
template <class T>
void AppendValue(std::string_view name, const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    const std::string_view quote = IsStringField(name) ? "\"" : "";
    out += quote;
    AppendNumber(value, out);
    out += quote;
  } else if constexpr (std::is_enum_v<T>) {
    const auto place = static_cast<std::size_t>(value);
    if (place >= Names<T>::kList.size()) {
      std::fprintf(stderr, "trace::AppendJson: enumerator %zu of %zu\n", place,
                   Names<T>::kList.size());
      std::abort();
    }
    out.append("\"").append(Names<T>::kList[place]).append("\"");
  } else if constexpr (Visitable<T>) {
    AppendStruct(value, out);
  } else {
    AppendList(name, value, out);
  }
}

template <class Struct>
void AppendLine(std::string_view tag, std::string_view key, const Struct& value, std::string& out) {
  out.append(R"({"tag":")").append(tag).append(R"(",")").append(key).append(R"(":)");
  AppendStruct(value, out);
  out.append("}\n");
}

}  // namespace

void AppendJson(const Event& event, std::string& out) {
  AppendLine(kTraceTag, "event", event, out);
}

void AppendJson(const Header& header, std::string& out) {
  AppendLine(kHeaderTag, "header", header, out);
}

Writer::Writer(std::ostream& stream) : stream_(stream) {}

Writer::~Writer() { Flush(); }

void Writer::Write(const Header& header) {
  AppendJson(header, buffer_);
  WriteIfFull();
}

void Writer::Emit(const Event& event) {
  AppendJson(event, buffer_);
  WriteIfFull();
}

void Writer::Flush() {
  stream_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
  stream_.flush();
}

void Writer::WriteIfFull() {
  if (buffer_.size() < kBlockBytes) return;
  stream_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

}  // namespace trace
