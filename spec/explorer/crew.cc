#include "spec/explorer/crew.h"

#include <algorithm>
#include <new>
#include <system_error>

namespace spec::explorer {

Crew::Crew(std::size_t wanted)
    : barrier_(static_cast<std::ptrdiff_t>(std::max<std::size_t>(wanted, 1))),
      thrown_(std::max<std::size_t>(wanted, 1)) {
  threads_.reserve(thrown_.size());
  try {
    while (size() < thrown_.size()) {
      threads_.emplace_back([this, k = size()] { Work(k); });
    }
  } catch (const std::system_error&) {
    // std::thread throws it when a limit is reached.
  } catch (const std::bad_alloc&) {
  }
  for (std::size_t k = size(); k < thrown_.size(); ++k) barrier_.arrive_and_drop();
}

Crew::~Crew() {
  work_ = nullptr;
  barrier_.arrive_and_wait();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::Try(std::size_t k) noexcept {
  try {
    (*work_)(k);
  } catch (...) {
    thrown_[k] = std::current_exception();
  }
}

void Crew::Work(std::size_t k) {
  for (;;) {
    barrier_.arrive_and_wait();
    if (work_ == nullptr) return;
    Try(k);
    barrier_.arrive_and_wait();
  }
}

void Crew::Do(const std::function<void(std::size_t)>& work) {
  work_ = &work;
  barrier_.arrive_and_wait();
  Try(0);
  barrier_.arrive_and_wait();
  for (std::exception_ptr& thrown : thrown_) {
    if (thrown == nullptr) continue;
    const std::exception_ptr first = thrown;
    std::fill(thrown_.begin(), thrown_.end(), nullptr);
    std::rethrow_exception(first);
  }
}

}  // namespace spec::explorer
