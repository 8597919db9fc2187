#include "tracegen/servers/faulty_disk.h"

#include <algorithm>
#include <utility>

#include "raft/check.h"

namespace tracegen {

Fault Platter::Meet() {
  if (crashed_) return Fault::kCrash;
  if (operations_++ != fail_at_) return Fault::kNothing;
  crashed_ = fault_ == Fault::kCrash;
  return fault_;
}

void Platter::Touch(Inode& inode, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  if (inode.current.size() < offset + bytes.size()) inode.current.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(),
            inode.current.begin() + static_cast<std::ptrdiff_t>(offset));
  for (std::size_t block = offset / kBlock; block * kBlock < offset + bytes.size(); ++block) {
    inode.dirty.insert(block);
  }
}

void Platter::Restart() {
  ++power_cycles_;
  crashed_ = false;
  locked_ = false;
  fail_at_ = ~std::uint64_t{0};
  folder_ = folders_[random_.Below(folders_.size())];
  for (auto& [name, inode] : folder_) {
    std::string found = inode->durable;
    if (!inode->dirty.empty() && random_.Below(2) == 0) found.resize(inode->current.size());
    for (const std::size_t block : inode->dirty) {
      const std::size_t begin = block * kBlock;
      const std::size_t end = std::min({begin + kBlock, found.size(), inode->current.size()});
      if (begin >= end || random_.Below(2) == 0) continue;
      std::copy(inode->current.begin() + static_cast<std::ptrdiff_t>(begin),
                inode->current.begin() + static_cast<std::ptrdiff_t>(end),
                found.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    *inode = {found, found, {}};
  }
  folders_ = {folder_};
}

void Platter::FlipBit(const std::string& name, std::uint64_t byte, unsigned bit) {
  Inode& inode = *folder_.at(name);
  RAFT_CHECK(byte, <, std::uint64_t{inode.current.size()});
  const auto flipped =
      static_cast<char>(static_cast<unsigned char>(inode.current[byte]) ^ 1U << bit);
  inode.current[byte] = flipped;
  if (byte < inode.durable.size()) inode.durable[byte] = flipped;
}

std::string Platter::Content(const std::string& name) const {
  const auto found = folder_.find(name);
  return found == folder_.end() ? std::string() : found->second->current;
}

std::vector<std::string> Platter::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, inode] : folder_) names.push_back(name);
  return names;
}

namespace {

tl::unexpected<raft::IoError> Error(const char* what) {
  return raft::IoFailure(std::string("faulty disk: ") + what);
}

}  // namespace

class FaultyFile : public raft::File {
 public:
  FaultyFile(std::shared_ptr<Platter> platter, std::shared_ptr<Platter::Inode> inode)
      : platter_(std::move(platter)),
        inode_(std::move(inode)),
        power_cycle_(platter_->power_cycles_) {}

  raft::IoStatus WriteAt(std::uint64_t offset, std::string_view bytes) override {
    switch (Meet()) {
      case Fault::kNothing:
        Platter::Touch(*inode_, offset, bytes);
        return {};
      case Fault::kShortWrite:
        Platter::Touch(*inode_, offset, bytes.substr(0, platter_->random_.Below(bytes.size() + 1)));
        return Error("short write");
      case Fault::kFull:
        return Error("no space left");
      case Fault::kCrash:
        // The power fails during the write, so any block may already be stored.
        if (!late_) Platter::Touch(*inode_, offset, bytes);
        late_ = true;
        return Error("crashed");
      case Fault::kError:
        break;
    }
    return Error("write error");
  }

  raft::IoResult<std::size_t> ReadAt(std::uint64_t offset, char* bytes, std::size_t size) override {
    if (platter_->crashed_ || Stale()) return Error("crashed");
    const std::string& all = inode_->current;
    if (offset >= all.size()) return std::size_t{0};
    return all.copy(bytes, size, offset);
  }

  // After a failed sync the operating system treats the bytes as written, although they are not.
  raft::IoStatus Sync() override {
    switch (Meet()) {
      case Fault::kNothing:
      case Fault::kShortWrite:
      case Fault::kFull:
        inode_->durable = inode_->current;
        inode_->dirty.clear();
        return {};
      case Fault::kCrash:
        return Error("crashed");
      case Fault::kError:
        break;
    }
    inode_->dirty.clear();
    return Error("sync error");
  }

  raft::IoStatus Allocate(std::uint64_t size) override {
    switch (Meet()) {
      case Fault::kNothing:
      case Fault::kShortWrite:
        if (inode_->current.size() < size) inode_->current.resize(size);
        return {};
      case Fault::kFull:
        return Error("no space left");
      default:
        return Error("cannot make room");
    }
  }

  raft::IoResult<std::uint64_t> Size() override {
    if (platter_->crashed_ || Stale()) return Error("crashed");
    return std::uint64_t{inode_->current.size()};
  }

 private:
  bool Stale() const { return power_cycle_ != platter_->power_cycles_; }
  Fault Meet() {
    if (Stale() || platter_->crashed_) late_ = true;
    return Stale() ? Fault::kCrash : platter_->Meet();
  }

  std::shared_ptr<Platter> platter_;
  std::shared_ptr<Platter::Inode> inode_;
  std::uint64_t power_cycle_;
  bool late_ = false;  // after the crash nothing is written any more
};

class FaultyDisk : public raft::Disk {
 public:
  explicit FaultyDisk(std::shared_ptr<Platter> platter)
      : platter_(std::move(platter)), power_cycle_(platter_->power_cycles_) {}

  raft::IoResult<std::unique_ptr<Lock>> LockFolder() override {
    struct Held : Lock {
      explicit Held(std::shared_ptr<Platter> of) : platter(std::move(of)) {
        platter->locked_ = true;
        power_cycle = platter->power_cycles_;
      }
      ~Held() override {
        if (power_cycle == platter->power_cycles_) platter->locked_ = false;
      }
      std::shared_ptr<Platter> platter;
      std::uint64_t power_cycle = 0;
    };
    if (Gone()) return Error("crashed");
    if (platter_->locked_) return Error("locked: somebody else has this log open");
    return std::unique_ptr<Lock>(std::make_unique<Held>(platter_));
  }

  raft::IoResult<std::unique_ptr<raft::File>> Create(const std::string& name) override {
    if (raft::IoStatus met = Meet("cannot create"); !met)
      return raft::IoFailure(std::move(met.error()));
    auto inode = std::make_shared<Platter::Inode>();
    platter_->folder_[name] = inode;
    Changed();
    return std::unique_ptr<raft::File>(std::make_unique<FaultyFile>(platter_, std::move(inode)));
  }

  raft::IoResult<std::unique_ptr<raft::File>> Open(const std::string& name) override {
    if (Gone()) return Error("crashed");
    const auto found = platter_->folder_.find(name);
    if (found == platter_->folder_.end()) return Error("no such file");
    return std::unique_ptr<raft::File>(std::make_unique<FaultyFile>(platter_, found->second));
  }

  raft::IoStatus Rename(const std::string& from, const std::string& to) override {
    if (raft::IoStatus met = Meet("cannot rename"); !met) return met;
    const auto found = platter_->folder_.find(from);
    if (found == platter_->folder_.end()) return Error("no such file");
    const std::shared_ptr<Platter::Inode> inode = found->second;
    platter_->folder_.erase(found);
    platter_->folder_[to] = inode;
    Changed();
    return {};
  }

  raft::IoStatus Remove(const std::string& name) override {
    if (raft::IoStatus met = Meet("cannot remove"); !met) return met;
    if (platter_->folder_.erase(name) == 0) return Error("no such file");
    Changed();
    return {};
  }

  raft::IoResult<std::vector<std::string>> List() override {
    if (Gone()) return Error("crashed");
    return platter_->Names();
  }

  raft::IoStatus SyncFolder() override {
    if (raft::IoStatus met = Meet("cannot sync the folder"); !met) return met;
    platter_->folders_ = {platter_->folder_};
    return {};
  }

  std::string PathOf(const std::string& name) const override { return "disk/" + name; }

 private:
  bool Gone() const { return platter_->crashed_ || power_cycle_ != platter_->power_cycles_; }
  raft::IoStatus Meet(const char* error) {
    if (Gone()) return Error("crashed");
    const Fault fault = platter_->Meet();
    if (fault == Fault::kNothing || fault == Fault::kShortWrite) return {};
    return Error(fault == Fault::kCrash ? "crashed" : error);
  }
  void Changed() { platter_->folders_.push_back(platter_->folder_); }

  std::shared_ptr<Platter> platter_;
  std::uint64_t power_cycle_;
};

std::unique_ptr<raft::Disk> OpenFaultyDisk(std::shared_ptr<Platter> platter) {
  return std::make_unique<FaultyDisk>(std::move(platter));
}

}  // namespace tracegen
