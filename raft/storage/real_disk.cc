#include "raft/storage/real_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace raft {
namespace {

tl::unexpected<IoError> Failed(const std::string& what, const std::string& path) {
  return IoFailure("cannot " + what + " " + path + ": " + std::strerror(errno));
}

// A call that a signal interrupted has done nothing, and is made again.
template <class Call>
auto Retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

class RealFile : public File {
 public:
  RealFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  IoStatus WriteAt(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = Retried([&] {
        return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (n < 0) return Failed("write at offset " + std::to_string(offset) + " of", path_);
      offset += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }

  IoResult<std::size_t> ReadAt(std::uint64_t offset, char* bytes, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n = Retried([&] {
        return ::pread(fd_.get(), bytes + done, size - done, static_cast<off_t>(offset + done));
      });
      if (n < 0) return Failed("read at offset " + std::to_string(offset + done) + " of", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  IoStatus Sync() override {
    if (Retried([&] { return ::fdatasync(fd_.get()); }) != 0) return Failed("sync", path_);
    return {};
  }

  IoStatus Allocate(std::uint64_t size) override {
    const auto allocate = [&] {
      errno = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size));  // it sets none itself
      return errno == 0 ? 0 : -1;
    };
    if (Retried(allocate) == 0) return {};
    return Failed("make " + std::to_string(size) + " bytes of room in", path_);
  }

  IoResult<std::uint64_t> Size() override {
    struct stat about {};
    if (::fstat(fd_.get(), &about) != 0) return Failed("ask for the size of", path_);
    return static_cast<std::uint64_t>(about.st_size);
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class RealDisk : public Disk {
 public:
  explicit RealDisk(std::string folder) : folder_(std::move(folder)) {}

  IoStatus MakeFolder() override {
    const int made = Retried([&] { return ::mkdir(folder_.c_str(), 0755); });
    if (made != 0 && errno != EEXIST) return Failed("make", folder_);
    fd_ = OpenFolder(folder_);
    if (fd_.get() < 0) return Failed("open", folder_);
    return {};
  }

  IoStatus SyncParent() override {
    const std::string parent = PathOf("..");
    const Descriptor fd = OpenFolder(parent);
    if (fd.get() < 0) return Failed("open", parent);
    if (Retried([&] { return ::fsync(fd.get()); }) != 0) return Failed("sync", parent);
    return {};
  }

  IoResult<std::unique_ptr<Lock>> LockFolder() override {
    struct Held : Lock {
      explicit Held(Descriptor descriptor) : fd(std::move(descriptor)) {}
      Descriptor fd;
    };
    const std::string path = PathOf("LOCK");
    Descriptor fd(
        Retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); }));
    if (fd.get() < 0) return Failed("open", path);
    if (Retried([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return Failed("lock", path);
      return IoFailure(path + " is locked: somebody else has this log open");
    }
    return std::unique_ptr<Lock>(std::make_unique<Held>(std::move(fd)));
  }

  IoResult<std::unique_ptr<File>> Create(const std::string& name) override {
    return OpenWith(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, "create");
  }
  IoResult<std::unique_ptr<File>> Open(const std::string& name) override {
    return OpenWith(name, O_RDWR | O_CLOEXEC, "open");
  }

  IoStatus Rename(const std::string& from, const std::string& to) override {
    const int done =
        Retried([&] { return ::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()); });
    if (done != 0) return Failed("rename to " + to + " the file", PathOf(from));
    return {};
  }
  IoStatus Remove(const std::string& name) override {
    const int done = Retried([&] { return ::unlinkat(fd_.get(), name.c_str(), 0); });
    if (done != 0) return Failed("remove", PathOf(name));
    return {};
  }

  IoResult<std::vector<std::string>> List() override {
    std::vector<std::string> names;
    if (Retried([&] { return ReadNames(names); }) != 0) return Failed("list", folder_);
    std::sort(names.begin(), names.end());
    return names;
  }

  IoStatus SyncFolder() override {
    if (Retried([&] { return ::fsync(fd_.get()); }) != 0) return Failed("sync", folder_);
    return {};
  }

  std::string PathOf(const std::string& name) const override { return folder_ + "/" + name; }

 private:
  static Descriptor OpenFolder(const std::string& path) {
    return Descriptor(
        Retried([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  }

  int ReadNames(std::vector<std::string>& names) const {
    names.clear();
    DIR* folder = ::opendir(folder_.c_str());
    if (folder == nullptr) return -1;
    errno = 0;  // a null from readdir is the end or an error, which only errno tells apart
    while (const dirent* entry = ::readdir(folder)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
      errno = 0;
    }
    const int error = errno;
    ::closedir(folder);
    errno = error;
    return error == 0 ? 0 : -1;
  }

  IoResult<std::unique_ptr<File>> OpenWith(const std::string& name, int flags, const char* verb) {
    Descriptor fd(Retried([&] { return ::openat(fd_.get(), name.c_str(), flags, 0644); }));
    if (fd.get() < 0) return Failed(verb, PathOf(name));
    return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), PathOf(name)));
  }

  std::string folder_;
  Descriptor fd_;
};

}  // namespace

std::unique_ptr<Disk> DiskAt(std::string folder) {
  return std::make_unique<RealDisk>(std::move(folder));
}

}  // namespace raft
