// Threads that do the same work at the same time, again and again.  An exception of any of them is
// the caller's, and fewer threads than were asked for are no reason to fail: nothing that is done
// with a crew may depend on their number.
//
//   Crew crew(4);
//   crew.Do([&](std::size_t k) { ... });   // k = 0 .. crew.size() - 1; 0 is the calling thread
#pragma once

#include <barrier>
#include <cstddef>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace spec::explorer {

class Crew {
 public:
  // As many threads as the machine gives, the calling one included; at most `wanted`.
  explicit Crew(std::size_t wanted);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  std::size_t size() const { return threads_.size() + 1; }

  // Returns when all have done it.  If several throw, the exception of the lowest number is thrown.
  // REQUIRES: the calling thread made the crew.
  void Do(const std::function<void(std::size_t)>& work);

 private:
  void Work(std::size_t k);
  void Try(std::size_t k) noexcept;

  std::barrier<> barrier_;
  const std::function<void(std::size_t)>* work_ = nullptr;  // null: the end
  std::vector<std::exception_ptr> thrown_;
  std::vector<std::thread> threads_;
};

}  // namespace spec::explorer
