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

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class RealFile : public File {
 public:
  RealFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  IoStatus WriteAt(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Failed("write at offset " + std::to_string(offset) + " of", path_);
      offset += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }

  IoResult<std::size_t> ReadAt(std::uint64_t offset, char* bytes, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n =
          ::pread(fd_.get(), bytes + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Failed("read at offset " + std::to_string(offset + done) + " of", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  IoStatus Sync() override {
    if (::fdatasync(fd_.get()) != 0) return Failed("sync", path_);
    return {};
  }

  IoStatus Allocate(std::uint64_t size) override {
    const int error = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size));
    if (error == 0) return {};
    errno = error;
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
  RealDisk(Descriptor fd, std::string folder) : fd_(std::move(fd)), folder_(std::move(folder)) {}

  IoResult<std::unique_ptr<Lock>> LockFolder() override {
    struct Held : Lock {
      explicit Held(Descriptor descriptor) : fd(std::move(descriptor)) {}
      Descriptor fd;
    };
    const std::string path = PathOf("LOCK");
    Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (fd.get() < 0) return Failed("open", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
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
    const bool done = ::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) == 0;
    if (!done) return Failed("rename to " + to + " the file", PathOf(from));
    return {};
  }
  IoStatus Remove(const std::string& name) override {
    const bool done = ::unlinkat(fd_.get(), name.c_str(), 0) == 0;
    if (!done) return Failed("remove", PathOf(name));
    return {};
  }

  IoResult<std::vector<std::string>> List() override {
    DIR* folder = ::opendir(folder_.c_str());
    if (folder == nullptr) return Failed("list", folder_);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    ::closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
  }

  IoStatus SyncFolder() override {
    if (::fsync(fd_.get()) != 0) return Failed("sync", folder_);
    return {};
  }

  std::string PathOf(const std::string& name) const override { return folder_ + "/" + name; }

 private:
  IoResult<std::unique_ptr<File>> OpenWith(const std::string& name, int flags, const char* verb) {
    Descriptor fd(::openat(fd_.get(), name.c_str(), flags, 0644));
    if (fd.get() < 0) return Failed(verb, PathOf(name));
    return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), PathOf(name)));
  }

  Descriptor fd_;
  std::string folder_;
};

}  // namespace

IoResult<std::unique_ptr<Disk>> OpenDisk(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return Failed("make", folder);
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return Failed("open", folder);
  return std::unique_ptr<Disk>(std::make_unique<RealDisk>(std::move(fd), folder));
}

}  // namespace raft
