#include "tracegen/servers/faulty_disk.h"

#include <algorithm>
#include <utility>

#include "raft/check.h"

namespace tracegen {

Fault Platter::Meet() {
  RAFT_CHECK_TRUE(!crashed_);
  if (operations_++ != fail_at_) return Fault::kNothing;
  crashed_ = fault_ == Fault::kCrash;
  return fault_;
}

void Platter::Apply(const Change& change, Folder& folder) {
  if (!change.from.empty()) folder.erase(change.from);
  if (!change.to.empty()) folder[change.to] = change.inode;
}

void Platter::Make(Change change) {
  Apply(change, folder_);
  changes_.push_back(std::move(change));
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

// As far as the durable file reaches.
void Platter::Store(Inode& inode, std::size_t block) {
  const std::size_t begin = block * kBlock;
  const std::size_t end = std::min({begin + kBlock, inode.durable.size(), inode.current.size()});
  if (begin >= end) return;
  std::copy(inode.current.begin() + static_cast<std::ptrdiff_t>(begin),
            inode.current.begin() + static_cast<std::ptrdiff_t>(end),
            inode.durable.begin() + static_cast<std::ptrdiff_t>(begin));
}

// Linux does so: the pages count as clean, although they were not stored, and reads give them.
void Platter::FailSync(Inode& inode) {
  for (const std::size_t block : inode.dirty) {
    if (random_.Below(2) == 0) Store(inode, block);
  }
  inode.dirty.clear();
}

void Platter::Restart() {
  ++power_cycles_;
  crashed_ = false;
  locked_ = false;
  FailNoMore();
  if (!made_durable_ && random_.Below(2) == 0) {
    made_ = false;
    durable_folder_.clear();
    changes_.clear();
  }
  made_durable_ = made_;
  for (const Change& change : changes_) {
    if (random_.Below(2) == 0) Apply(change, durable_folder_);
  }
  changes_.clear();
  for (auto& [name, inode] : durable_folder_) {
    const bool grown = !inode->dirty.empty() || inode->current.size() != inode->durable.size();
    if (grown && random_.Below(2) == 0) inode->durable.resize(inode->current.size());
    for (const std::size_t block : inode->dirty) {
      if (random_.Below(2) == 0) Store(*inode, block);
    }
    inode->dirty.clear();
    inode->current = inode->durable;
  }
  folder_ = durable_folder_;
}

void Platter::FlipBit(const std::string& name, std::uint64_t byte, unsigned bit) {
  Inode& inode = *folder_.at(name);
  RAFT_CHECK(byte, <, std::uint64_t{inode.current.size()});
  const auto flipped =
      static_cast<char>(static_cast<unsigned char>(inode.current[byte]) ^ 1U << bit);
  inode.current[byte] = flipped;
  if (byte < inode.durable.size()) inode.durable[byte] = flipped;
}

void Platter::CutOff(const std::string& name, std::uint64_t size) {
  Inode& inode = *folder_.at(name);
  RAFT_CHECK(size, <=, std::uint64_t{inode.current.size()});
  inode.current.resize(size);
  inode.durable = inode.current;
  inode.dirty.clear();
}

void Platter::Lose(const std::string& name) {
  folder_.erase(name);
  durable_folder_.erase(name);
  std::erase_if(changes_, [&](const Change& change) { return change.to == name; });
}

std::shared_ptr<Platter> Platter::Copy(std::uint64_t seed) const {
  auto copy = std::make_shared<Platter>(seed);
  copy->made_ = copy->made_durable_ = made_;
  for (const auto& [name, inode] : folder_) {
    copy->folder_[name] = std::make_shared<Inode>(Inode{inode->current, inode->current, {}});
  }
  copy->durable_folder_ = copy->folder_;
  return copy;
}

std::shared_ptr<Platter> Platter::Twin(std::uint64_t seed) const {
  auto twin = std::make_shared<Platter>(seed);
  std::map<const Inode*, std::shared_ptr<Inode>> inodes;
  const auto twin_of = [&](const std::shared_ptr<Inode>& inode) {
    if (inode == nullptr) return inode;
    std::shared_ptr<Inode>& made = inodes[inode.get()];
    if (made == nullptr) made = std::make_shared<Inode>(*inode);
    return made;
  };
  twin->made_ = made_;
  twin->made_durable_ = made_durable_;
  for (const auto& [name, inode] : folder_) twin->folder_[name] = twin_of(inode);
  for (const auto& [name, inode] : durable_folder_) twin->durable_folder_[name] = twin_of(inode);
  for (const Change& change : changes_) {
    twin->changes_.push_back({change.from, change.to, twin_of(change.inode)});
  }
  return twin;
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

tl::unexpected<raft::IoError> Error(const std::string& path, const char* what) {
  return raft::IoFailure(path + ": " + what);
}

// An operation to which a short write or a full disk means nothing: it fails or it does not.
bool Fails(Fault fault) { return fault == Fault::kError || fault == Fault::kCrash; }

}  // namespace

class FaultyFile : public raft::File {
 public:
  FaultyFile(std::shared_ptr<Platter> platter, std::shared_ptr<Platter::Inode> inode,
             std::string path)
      : platter_(std::move(platter)),
        inode_(std::move(inode)),
        path_(std::move(path)),
        power_cycle_(platter_->power_cycles_) {}

  raft::IoStatus WriteAt(std::uint64_t offset, std::string_view bytes) override {
    if (Gone()) return Error(path_, "crashed");
    switch (platter_->Meet()) {
      case Fault::kNothing:
        Platter::Touch(*inode_, offset, bytes);
        return {};
      case Fault::kShortWrite:
        Platter::Touch(*inode_, offset, bytes.substr(0, platter_->random_.Below(bytes.size() + 1)));
        return Error(path_, "short write");
      case Fault::kFull:
        return Error(path_, "no space left");
      case Fault::kCrash:
        // The power fails during the write, so any block may already be stored.
        Platter::Touch(*inode_, offset, bytes);
        return Error(path_, "crashed");
      case Fault::kError:
        break;
    }
    return Error(path_, "write error");
  }

  raft::IoResult<std::size_t> ReadAt(std::uint64_t offset, char* bytes, std::size_t size) override {
    if (Gone() || Fails(platter_->Meet())) return Error(path_, "read error");
    // Whoever asks for much more than there is has believed a number that nobody checked.
    constexpr std::size_t kLargestPiece = std::size_t{1} << 20U;
    RAFT_CHECK(size, <=, inode_->current.size() + kLargestPiece);
    const std::string& all = inode_->current;
    if (offset >= all.size()) return std::size_t{0};
    return all.copy(bytes, size, offset);
  }

  raft::IoStatus Sync() override {
    if (Gone()) return Error(path_, "crashed");
    const Fault fault = platter_->Meet();
    if (fault == Fault::kError) platter_->FailSync(*inode_);
    if (Fails(fault)) return Error(path_, "sync error");
    inode_->durable.resize(inode_->current.size());
    for (const std::size_t block : inode_->dirty) Platter::Store(*inode_, block);
    inode_->dirty.clear();
    return {};
  }

  raft::IoStatus Allocate(std::uint64_t size) override {
    if (Gone()) return Error(path_, "crashed");
    const Fault fault = platter_->Meet();
    if (Fails(fault) || fault == Fault::kFull) return Error(path_, "cannot make room");
    if (inode_->current.size() < size) inode_->current.resize(size);
    return {};
  }

  raft::IoResult<std::uint64_t> Size() override {
    if (Gone() || Fails(platter_->Meet())) return Error(path_, "cannot ask for the size");
    return std::uint64_t{inode_->current.size()};
  }

 private:
  bool Gone() const { return platter_->crashed_ || power_cycle_ != platter_->power_cycles_; }

  std::shared_ptr<Platter> platter_;
  std::shared_ptr<Platter::Inode> inode_;
  std::string path_;
  std::uint64_t power_cycle_;
};

class FaultyDisk : public raft::Disk {
 public:
  explicit FaultyDisk(std::shared_ptr<Platter> platter)
      : platter_(std::move(platter)), power_cycle_(platter_->power_cycles_) {}

  raft::IoStatus MakeFolder() override {
    if (raft::IoStatus met = Meet("", "cannot make the folder", true); !met) return met;
    platter_->made_ = true;
    return {};
  }

  raft::IoStatus SyncParent() override {
    if (raft::IoStatus met = Meet("", "cannot sync the parent"); !met) return met;
    platter_->made_durable_ = platter_->made_;
    return {};
  }

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
    if (raft::IoStatus met = Meet("LOCK", "cannot lock"); !met) {
      return raft::IoFailure(std::move(met.error()));
    }
    if (platter_->locked_) return Error(PathOf("LOCK"), "somebody else has this log open");
    return std::unique_ptr<Lock>(std::make_unique<Held>(platter_));
  }

  raft::IoResult<std::unique_ptr<raft::File>> Create(const std::string& name) override {
    if (raft::IoStatus met = Meet(name, "cannot create", true); !met) {
      return raft::IoFailure(std::move(met.error()));
    }
    const auto found = platter_->folder_.find(name);
    if (found != platter_->folder_.end()) {
      found->second->current.clear();
      found->second->dirty.clear();
    } else {
      platter_->Make({"", name, std::make_shared<Platter::Inode>()});
    }
    return Handle(name);
  }

  raft::IoResult<std::unique_ptr<raft::File>> Open(const std::string& name) override {
    if (raft::IoStatus met = Meet(name, "cannot open"); !met) {
      return raft::IoFailure(std::move(met.error()));
    }
    if (!Has(name)) return Error(PathOf(name), "no such file");
    return Handle(name);
  }

  raft::IoStatus Rename(const std::string& from, const std::string& to) override {
    if (raft::IoStatus met = Meet(from, "cannot rename", true); !met) return met;
    if (!Has(from)) return Error(PathOf(from), "no such file");
    platter_->Make({from, to, platter_->folder_.at(from)});
    return {};
  }

  raft::IoStatus Remove(const std::string& name) override {
    if (raft::IoStatus met = Meet(name, "cannot remove"); !met) return met;
    if (!Has(name)) return Error(PathOf(name), "no such file");
    platter_->Make({name, "", nullptr});
    return {};
  }

  raft::IoResult<std::vector<std::string>> List() override {
    if (raft::IoStatus met = Meet("", "cannot list"); !met) {
      return raft::IoFailure(std::move(met.error()));
    }
    return platter_->Names();
  }

  raft::IoStatus SyncFolder() override {
    if (raft::IoStatus met = Meet("", "cannot sync the folder"); !met) return met;
    platter_->durable_folder_ = platter_->folder_;
    platter_->changes_.clear();
    return {};
  }

  std::string PathOf(const std::string& name) const override { return "disk/" + name; }

 private:
  bool Has(const std::string& name) const { return platter_->folder_.count(name) != 0; }
  std::unique_ptr<raft::File> Handle(const std::string& name) {
    return std::make_unique<FaultyFile>(platter_, platter_->folder_.at(name), PathOf(name));
  }
  raft::IoStatus Meet(const std::string& name, const char* error, bool needs_room = false) {
    if (platter_->crashed_ || power_cycle_ != platter_->power_cycles_) {
      return Error(PathOf(name), "crashed");
    }
    const Fault fault = platter_->Meet();
    if (Fails(fault)) return Error(PathOf(name), error);
    if (fault == Fault::kFull && needs_room) return Error(PathOf(name), "no space left");
    return {};
  }

  std::shared_ptr<Platter> platter_;
  std::uint64_t power_cycle_;
};

std::unique_ptr<raft::Disk> OpenFaultyDisk(std::shared_ptr<Platter> platter) {
  return std::make_unique<FaultyDisk>(std::move(platter));
}

}  // namespace tracegen
