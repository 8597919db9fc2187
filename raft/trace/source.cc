// Why zlib and zstd themselves, and no library above them that knows many formats: libarchive's
// gzip filter does not look at the checksum (3.6.2 reads a file with a flipped byte as if it were
// good), and Boost.Iostreams throws.
#include "raft/trace/source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace trace {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 16U;

tl::unexpected<Error> Damaged(std::string message) {
  return Failure(Error{0, std::move(message), true});
}

class Memory : public Source {
 public:
  explicit Memory(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> Read(char* data, std::size_t size) override {
    const std::size_t count = std::min(size, text_.size() - position_);
    std::memcpy(data, text_.data() + position_, count);
    position_ += count;
    return count;
  }
  bool stopped() const override { return false; }
  std::uint64_t unread() const override { return 0; }

 private:
  std::string text_;
  std::size_t position_ = 0;
};

// A file as it is, with its first bytes looked at in advance.
class Plain : public Source {
 public:
  Plain(int file, std::string path, Watch watch, bool follow)
      : file_(file), path_(std::move(path)), watch_(std::move(watch)) {
    struct stat status {};
    regular_ = fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
    follow_ = follow && regular_;  // what is no file does not grow: its end is the end
    if (regular_) size_ = static_cast<std::uint64_t>(status.st_size);
    const off_t begin = regular_ ? lseek(file_, 0, SEEK_CUR) : 0;
    if (begin > 0) read_ = static_cast<std::uint64_t>(begin);
  }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;
  ~Plain() override {
    if (file_ != STDIN_FILENO) close(file_);
  }

  // For BeginsWith and BeginsAsZstd.
  Result<bool> LookAhead() {
    while (ahead_size_ < ahead_.size()) {
      const auto count = ReadMore(ahead_.data() + ahead_size_, ahead_.size() - ahead_size_);
      if (!count) return Failure(count.error());
      if (*count == 0) break;
      ahead_size_ += *count;
    }
    return true;
  }
  bool BeginsWith(std::initializer_list<unsigned char> magic) const {
    return ahead_size_ >= magic.size() &&
           std::equal(magic.begin(), magic.end(), ahead_.begin(),
                      [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); });
  }
  // A frame of data or, which pzstd writes first, one to be skipped: sixteen magic numbers.
  bool BeginsAsZstd() const {
    if (BeginsWith({0x28, 0xb5, 0x2f, 0xfd})) return true;
    const auto first = static_cast<unsigned char>(ahead_[0]);
    return (first & 0xf0U) == 0x50U && BeginsWith({first, 0x2a, 0x4d, 0x18});
  }

  Result<std::size_t> Read(char* data, std::size_t size) override {
    if (ahead_used_ < ahead_size_) {
      const std::size_t count = std::min(size, ahead_size_ - ahead_used_);
      std::memcpy(data, ahead_.data() + ahead_used_, count);
      ahead_used_ += count;
      return count;
    }
    return ReadMore(data, size);
  }
  bool stopped() const override { return stopped_; }
  std::uint64_t unread() const override {
    struct stat status {};
    if (!regular_ || fstat(file_, &status) != 0) return 0;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    return size > read_ ? size - read_ : 0;
  }

 private:
  static constexpr int kPatience = 50;  // milliseconds until the watch is asked again

  Result<std::size_t> ReadMore(char* data, std::size_t size) {
    std::string gone;  // why nothing more can come, as it was seen before the last read
    for (;;) {
      if (watch_ && !watch_(read_, size_)) {
        stopped_ = true;
        return std::size_t{0};
      }
      if (watch_ && !regular_ && !IsReady()) continue;
      const ssize_t count = read(file_, data, size);
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) return Failure(0, std::string("cannot be read: ") + std::strerror(errno));
      if (count > 0) {
        read_ += static_cast<std::uint64_t>(count);
        size_ = std::max(size_, regular_ ? read_ : 0);
        return static_cast<std::size_t>(count);
      }
      if (!follow_) return std::size_t{0};
      // Lines may have come between the end and the look at the file: one more look at its end.
      if (!gone.empty()) return Failure(0, gone + "; tail -F goes on with the new one");
      gone = WhyGone();
      if (gone.empty()) poll(nullptr, 0, kPatience);
    }
  }

  // Is there something to read, or an end, within our patience?
  bool IsReady() const {
    pollfd ready{file_, POLLIN, 0};
    return poll(&ready, 1, kPatience) > 0;
  }

  // What happened to a file that should grow; empty if nothing did.
  std::string WhyGone() const {
    struct stat ours {};
    if (fstat(file_, &ours) != 0) return {};
    if (static_cast<std::uint64_t>(ours.st_size) < read_) {
      return "the file was cut: of " + std::to_string(read_) + " bytes that were read " +
             std::to_string(ours.st_size) + " are left";
    }
    struct stat there {};
    if (file_ == STDIN_FILENO) return {};
    if (stat(path_.c_str(), &there) != 0) {
      return errno == ENOENT ? "the file was removed or renamed" : std::string();
    }
    const bool same = there.st_ino == ours.st_ino && there.st_dev == ours.st_dev;
    return same ? "" : "the file was replaced by another one of its name";
  }

  int file_;
  std::string path_;
  Watch watch_;
  bool regular_ = false;
  bool follow_ = false;
  bool stopped_ = false;
  std::uint64_t read_ = 0;
  std::uint64_t size_ = 0;
  std::array<char, 4> ahead_{};
  std::size_t ahead_size_ = 0;
  std::size_t ahead_used_ = 0;
};

class Gzip : public Source {
 public:
  explicit Gzip(std::unique_ptr<Plain> from) : from_(std::move(from)) {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&stream_); }

  Result<std::size_t> Read(char* data, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(data);
    stream_.avail_out = static_cast<uInt>(std::min(size, kReadBytes));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted) {
      if (!damage_.empty()) return Damaged(damage_);
      if (stream_.avail_in == 0) {
        auto count = from_->Read(block_.data(), block_.size());
        if (!count) return count;
        if (*count == 0) {
          if (between_members_) return std::size_t{0};
          return Damaged("the gzip data is cut off: it ends too early");
        }
        stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
        stream_.avail_in = static_cast<uInt>(*count);
      }
      if (between_members_) inflateReset(&stream_);
      between_members_ = false;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        between_members_ = true;
      } else if (status == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        // What came before it in the same block is told first.
        damage_ = std::string("the gzip data is damaged: ") +
                  (stream_.msg != nullptr ? stream_.msg : "unknown error");
      }
    }
    return std::size_t{wanted - stream_.avail_out};
  }
  bool verified() const override { return between_members_; }

  bool stopped() const override { return from_->stopped(); }
  std::uint64_t unread() const override { return from_->unread(); }

 private:
  std::unique_ptr<Plain> from_;
  z_stream stream_{};
  std::array<char, kReadBytes> block_{};
  bool between_members_ = false;
  std::string damage_;
};

class Zstd : public Source {
 public:
  explicit Zstd(std::unique_ptr<Plain> from) : from_(std::move(from)), context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ZSTD_freeDCtx(context_); }

  Result<std::size_t> Read(char* data, std::size_t size) override {
    ZSTD_outBuffer out{data, size, 0};
    while (out.pos == 0) {
      if (!damage_.empty()) return Damaged(damage_);
      // The library keeps back a byte of a frame until all its output is out, so no input means
      // that there is nothing to wait for.
      if (in_.pos == in_.size) {
        auto count = from_->Read(block_.data(), block_.size());
        if (!count) return count;
        if (*count == 0) {
          if (between_frames_) return std::size_t{0};
          return Damaged("the zstd data is cut off: it ends too early");
        }
        in_ = {block_.data(), *count, 0};
      }
      const std::size_t status = ZSTD_decompressStream(context_, &out, &in_);
      if (ZSTD_isError(status) != 0) damage_ = WhyNot(status);
      between_frames_ = status == 0;
    }
    return out.pos;
  }
  bool verified() const override { return between_frames_; }

  bool stopped() const override { return from_->stopped(); }
  std::uint64_t unread() const override { return from_->unread(); }

 private:
  static std::string WhyNot(std::size_t status) {
    const ZSTD_ErrorCode code = ZSTD_getErrorCode(status);
    if (code == ZSTD_error_memory_allocation) throw std::bad_alloc();
    if (code == ZSTD_error_frameParameter_windowTooLarge) {
      return "the zstd data needs a window of more than 128 MiB: expected what zstd makes without "
             "--long";
    }
    return std::string("the zstd data is damaged: ") + ZSTD_getErrorName(status);
  }

  std::unique_ptr<Plain> from_;
  ZSTD_DCtx* context_;
  std::array<char, kReadBytes> block_{};
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool between_frames_ = false;
  std::string damage_;
};

}  // namespace

Result<std::shared_ptr<Source>> OpenSource(const std::string& path, Watch watch, bool follow) {
  // To open a FIFO without O_NONBLOCK would wait for its writer, and ask nobody meanwhile.
  const bool waits = watch != nullptr;
  const int file = path == "-"
                       ? STDIN_FILENO
                       : open(path.c_str(), O_RDONLY | O_CLOEXEC | (waits ? O_NONBLOCK : 0));
  if (file < 0) return Failure(0, std::string("cannot be opened: ") + std::strerror(errno));
  auto plain = std::make_unique<Plain>(file, path, std::move(watch), follow);
  if (const auto begun = plain->LookAhead(); !begun) return Failure(begun.error());
  if (plain->BeginsWith({0x1f, 0x8b})) {
    return std::shared_ptr<Source>(std::make_shared<Gzip>(std::move(plain)));
  }
  if (plain->BeginsAsZstd()) {
    return std::shared_ptr<Source>(std::make_shared<Zstd>(std::move(plain)));
  }
  return std::shared_ptr<Source>(std::move(plain));
}

std::shared_ptr<Source> StringSource(std::string text) {
  return std::make_shared<Memory>(std::move(text));
}

}  // namespace trace
