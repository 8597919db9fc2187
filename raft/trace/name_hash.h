// A fixed list of names as a hash table, made when this is compiled.  Private to this folder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trace {

template <const auto& kList>
class NameHash {
 public:
  static constexpr std::size_t kNotThere = ~std::size_t{0};

  // The place of `name` in the list.
  static constexpr std::size_t Find(std::string_view name) {
    if (name.empty()) return kNotThere;
    for (std::size_t slot = SlotOf(name); kSlots[slot] != kFree; slot = (slot + 1) % kSize) {
      if (kList[kSlots[slot]] == name) return kSlots[slot];
    }
    return kNotThere;
  }

 private:
  static constexpr std::size_t kSize = 128;
  static constexpr std::uint8_t kFree = 0xff;
  static_assert(kList.size() < kSize / 2);

  static constexpr std::size_t SlotOf(std::string_view name) {
    auto hash = static_cast<std::uint32_t>(name.size());
    for (const char c : {name.front(), name[name.size() / 2], name.back()}) {
      hash = hash * 31U + static_cast<std::uint8_t>(c);
    }
    return hash % kSize;
  }
  static constexpr std::array<std::uint8_t, kSize> Fill() {
    std::array<std::uint8_t, kSize> slots{};
    slots.fill(kFree);
    for (std::size_t k = 0; k < kList.size(); ++k) {
      std::size_t slot = SlotOf(kList[k]);
      while (slots[slot] != kFree) slot = (slot + 1) % kSize;
      slots[slot] = static_cast<std::uint8_t>(k);
    }
    return slots;
  }
  static constexpr std::array<std::uint8_t, kSize> kSlots = Fill();
};

}  // namespace trace
