#include "raft/trace/shape.h"

#include <algorithm>
#include <type_traits>

#include "raft/trace/event.h"
#include "raft/trace/format.h"

namespace trace {
namespace {

template <class T>
const Shape& ShapeOf();

template <class T>
void* BeginField(void* member) {
  if constexpr (IsField<T>::value) {
    return &static_cast<T*>(member)->emplace();
  } else {
    return member;
  }
}

template <class T>
struct WithoutField {
  using Type = T;
};
template <class T>
struct WithoutField<std::optional<T>> {
  using Type = T;
};

template <class T>
std::vector<Member> MembersOf() {
  std::vector<Member> members;
  T object;
  T::Visit(object, [&](std::string_view name, auto& field) {
    using FieldType = std::remove_cvref_t<decltype(field)>;
    Member& member = members.emplace_back();
    member.name = name;
    member.required = !IsField<FieldType>::value;
    member.decimal = IsStringField(name);
    member.shape = &ShapeOf<typename WithoutField<FieldType>::Type>();
    member.offset = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&field) -
                                             reinterpret_cast<const std::byte*>(&object));
    member.begin = &BeginField<FieldType>;
  });
  return members;
}

template <class T>
Shape MakeShape() {
  Shape shape;
  if constexpr (Visitable<T>) {
    shape.kind = Shape::Kind::kObject;
    shape.members = MembersOf<T>();
  } else if constexpr (IsList<T>::value) {
    shape.kind = Shape::Kind::kList;
    shape.element = &ShapeOf<typename T::value_type>();
    shape.add = [](void* list) -> void* { return &static_cast<T*>(list)->emplace_back(); };
  } else if constexpr (std::is_same_v<T, Conf>) {
    shape.kind = Shape::Kind::kPair;
    shape.element = &ShapeOf<typename T::value_type>();
    shape.half = [](void* pair, std::size_t k) -> void* { return &(*static_cast<T*>(pair))[k]; };
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(std::is_same_v<std::underlying_type_t<T>, std::uint8_t>);
    shape.kind = Shape::Kind::kName;
    shape.names = Names<T>::kList;
    shape.what = Names<T>::kWhat;
    shape.find = [](std::string_view name) {
      return std::min(NameHash<Names<T>::kList>::Find(name), Names<T>::kList.size());
    };
  } else if constexpr (std::is_same_v<T, bool>) {
    shape.kind = Shape::Kind::kTruth;
  } else {
    static_assert(std::is_same_v<T, std::uint64_t>);
  }
  return shape;
}

template <class T>
const Shape& ShapeOf() {
  static const Shape shape = MakeShape<T>();
  return shape;
}

}  // namespace

const Shape& EventShape() {
  static const Shape& shape = ShapeOf<Event>();
  return shape;
}

const Shape& HeaderShape() {
  static const Shape& shape = ShapeOf<Header>();
  return shape;
}

}  // namespace trace
