// The definition of Exploration::Visit.  The compiler instantiates the visitor for every model
// size.
#pragma once

#include <utility>
#include <variant>

#include "spec/model/exploration.h"
#include "spec/model/mc_raft.h"

namespace spec {

struct Exploration::Model {
  template <int n>
  Model(std::in_place_type_t<McRaft<n>> size, ModelSettings settings)
      : any(size, std::move(settings)) {}
  std::variant<McRaft<kSmallModel>, McRaft<kLargeModel>> any;
};

template <class F>
auto Exploration::Visit(F f) const {
  return std::visit(f, model_->any);
}

}  // namespace spec
