#include "raft/trace/plain_line.h"

#include <cstring>
#include <type_traits>

#include "raft/trace/format.h"

namespace trace {
namespace {

// Reads from left to right, and at most one token beyond the end.
class Cursor {
 public:
  Cursor(const char* at, const char* end) : at_(at), end_(end) {}

  bool Skip(std::string_view text) {
    if (at_ >= end_ || std::memcmp(at_, text.data(), text.size()) != 0) return false;
    at_ += text.size();
    return true;
  }
  bool AtEnd() const { return at_ == end_; }

  // `decimal`: numbers are strings.
  template <class T>
  bool Read(bool decimal, T& out) {
    if constexpr (IsField<T>::value) {
      if (!out) out.emplace();
      return Read(decimal, *out);
    } else if constexpr (Visitable<T>) {
      return ReadObject(out);
    } else if constexpr (IsList<T>::value) {
      return ReadList(decimal, out);
    } else if constexpr (std::is_same_v<T, Conf>) {
      return Skip("[") && Read(decimal, out[0]) && Skip(",") && Read(decimal, out[1]) && Skip("]");
    } else if constexpr (std::is_enum_v<T>) {
      return ReadName(out);
    } else if constexpr (std::is_same_v<T, bool>) {
      out = *at_ == 't';
      return Skip(out ? std::string_view("true") : std::string_view("false"));
    } else {
      return decimal ? Skip("\"") && ReadNumber(out) && Skip("\"") : ReadNumber(out);
    }
  }

 private:
  template <class T>
  bool ReadObject(T& out) {
    if (!Skip("{")) return false;
    bool good = true;
    bool first = true;
    std::uint64_t decimal = DecimalMembers<T>() << 1U;
    T::Visit(out, [&]<std::size_t kSize>(const char(&name)[kSize], auto& member) {
      using Member = std::remove_cvref_t<decltype(member)>;
      decimal >>= 1U;
      if (!good) return;
      const char* const before = at_;
      if ((first || Skip(",")) && SkipKey(name)) {
        first = false;
        good = Read((decimal & 1U) != 0, member);
        return;
      }
      at_ = before;
      if constexpr (IsField<Member>::value) {
        member.reset();
      } else {
        good = false;
      }
    });
    return good && Skip("}");
  }

  template <std::size_t kSize>
  bool SkipKey(const char (&name)[kSize]) {
    const bool here = at_ < end_ && at_[0] == '"' && std::memcmp(at_ + 1, name, kSize - 1) == 0 &&
                      at_[kSize] == '"' && at_[kSize + 1] == ':';
    if (here) at_ += kSize + 2;
    return here;
  }

  template <class T>
  bool ReadList(bool decimal, std::vector<T>& out) {
    if (!Skip("[")) return false;
    out.clear();
    if (Skip("]")) return true;
    do {
      if (!Read(decimal, out.emplace_back())) return false;
    } while (Skip(","));
    return Skip("]");
  }

  template <class Enum>
  bool ReadName(Enum& out) {
    if (*at_ != '"' || at_ >= end_) return false;
    const auto* close = static_cast<const char*>(
        std::memchr(at_ + 1, '"', static_cast<std::size_t>(end_ - at_ - 1)));
    if (close == nullptr) return false;
    const std::size_t k =
        NameHash<Names<Enum>::kList>::Find({at_ + 1, static_cast<std::size_t>(close - at_ - 1)});
    if (k >= Names<Enum>::kList.size()) return false;
    out = static_cast<Enum>(k);
    at_ = close + 1;
    return true;
  }

  // Without a sign or a leading zero, and within 64 bits.
  bool ReadNumber(std::uint64_t& out) {
    constexpr int kSurelyFit = 19;
    const char* const begin = at_;
    std::uint64_t number = 0;
    const auto is_digit = [&] { return *at_ >= '0' && *at_ <= '9'; };
    while (is_digit() && at_ - begin < kSurelyFit) {
      number = number * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    }
    const auto digits = at_ - begin;
    bool fits = true;
    if (is_digit()) {
      const auto last = static_cast<std::uint64_t>(*at_++ - '0');
      fits = !__builtin_mul_overflow(number, std::uint64_t{10}, &number) &&
             !__builtin_add_overflow(number, last, &number) && !is_digit();
    }
    out = number;
    return fits && digits > 0 && (digits == 1 || *begin != '0') && at_ <= end_;
  }

  const char* at_;
  const char* end_;
};

constexpr std::string_view kBefore = R"({"tag":"trace","event":)";

}  // namespace

bool ReadPlainLine(std::string_view line, Event& event) {
  if (line.size() <= kBefore.size()) return false;
  Cursor cursor(line.data(), line.data() + line.size());
  return cursor.Skip(kBefore) && cursor.Read(false, event) && cursor.Skip("}") && cursor.AtEnd();
}

}  // namespace trace
