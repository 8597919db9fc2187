// Plays the transitions of a model on our library: the reverse of validating traces.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "spec/model/model_settings.h"

namespace playback {

// Of the transitions of a model's graph, how many ...
struct Played {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t same = 0;         // inputs that the library took as the model does
  std::uint64_t inner = 0;        // steps that the library takes on its own, as part of another
  std::uint64_t free_sends = 0;   // messages that a model may send at any time
  std::uint64_t environment = 0;  // the network's and the disk's
  std::uint64_t not_at_rest = 0;  // inputs where the library would be amid one of its own steps
  std::uint64_t situations = 0;   // different ones, of a server and its input, that were played
  // The first that the library took in another way.
  struct Difference {
    std::string state;
    std::string input;
    std::string library;
    std::string model;
  };
  std::optional<Difference> difference;
  bool stopped = false;  // before all was played
};

// Why a model cannot be played on our library; empty if it can.
std::string CannotPlay(const spec::ModelSettings& settings);

// `stop` is asked before each state, and hears of those before.
Played PlayOnLibrary(const spec::ModelSettings& settings,
                     const std::function<bool(const Played&)>& stop);

}  // namespace playback
