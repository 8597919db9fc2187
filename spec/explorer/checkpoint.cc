#include "spec/explorer/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "spec/explorer/little_endian.h"

namespace spec::explorer {
namespace {

// The last digit is the version of the format.
constexpr std::uint64_t kMagic = 0x7261667463686b31U;
constexpr std::size_t kPiece = std::size_t{1} << 20U;

std::string PathIn(const std::string& folder) { return folder + "/checkpoint"; }

}  // namespace

struct CheckpointFile::Hash {
  XXH3_state_t state;
};

CheckpointFile::CheckpointFile(std::string folder)
    : folder_(std::move(folder)), hash_(std::make_unique<Hash>()) {
  XXH3_64bits_reset(&hash_->state);
}

CheckpointFile::~CheckpointFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void CheckpointFile::Fail(const std::string& what) {
  if (error_.empty()) error_ = PathIn(folder_) + ": " + what;
}

void CheckpointFile::Digest(std::span<const std::uint8_t> bytes) {
  XXH3_64bits_update(&hash_->state, bytes.data(), bytes.size());
}

std::uint64_t CheckpointFile::DigestSoFar() const { return XXH3_64bits_digest(&hash_->state); }

CheckpointWriter::CheckpointWriter(std::string folder) : CheckpointFile(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  file_ = std::fopen((PathIn(folder_) + ".new").c_str(), "wb");
  if (file_ == nullptr) {
    Fail(std::string("cannot be written: ") + std::strerror(errno));  // NOLINT
  } else {
    Number(kMagic);
  }
}

void CheckpointWriter::Number(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes{};
  StoreLittle(bytes, number);
  Bytes(bytes);
}

void CheckpointWriter::Bytes(std::span<const std::uint8_t> bytes) {
  if (!good() || bytes.empty()) return;
  Digest(bytes);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    Fail(std::string("cannot be written: ") + std::strerror(errno));  // NOLINT
  }
}

void CheckpointWriter::Tail(const Spool& spool, std::uint64_t offset) {
  Number(spool.size() - offset);
  std::vector<std::uint8_t> piece;
  while (good() && offset < spool.size()) {
    piece.resize(std::min<std::uint64_t>(kPiece, spool.size() - offset));
    if (!spool.Read(offset, piece)) return Fail(spool.error());
    Bytes(piece);
    offset += piece.size();
  }
}

bool CheckpointWriter::Commit() {
  if (good()) Number(DigestSoFar());
  if (good() && (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0)) {
    Fail(std::string("cannot be written: ") + std::strerror(errno));  // NOLINT
  }
  if (!good()) return false;
  std::fclose(std::exchange(file_, nullptr));
  std::error_code error;
  std::filesystem::rename(PathIn(folder_) + ".new", PathIn(folder_), error);
  if (error) Fail("cannot be put in place: " + error.message());
  const int directory = open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
  if (directory >= 0) {
    fsync(directory);
    close(directory);
  }
  return good();
}

CheckpointReader::CheckpointReader(std::string folder) : CheckpointFile(std::move(folder)) {
  std::error_code error;
  left_ = std::filesystem::file_size(PathIn(folder_), error);
  if (error) {
    if (error != std::errc::no_such_file_or_directory) Fail(error.message());
    return;
  }
  file_ = std::fopen(PathIn(folder_).c_str(), "rb");
  if (file_ == nullptr) {
    Fail(std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    return;
  }
  if (Number() != kMagic) Fail("is no checkpoint of this version");
}

std::uint64_t CheckpointReader::Number() {
  std::array<std::uint8_t, 8> bytes{};
  Bytes(bytes);
  return LoadLittle(bytes);
}

std::uint64_t CheckpointReader::Count(std::uint64_t size) {
  const std::uint64_t count = Number();
  if (count <= left_ / size) return count;
  Fail("is cut off");
  return 0;
}

void CheckpointReader::Bytes(std::span<std::uint8_t> bytes) {
  if (!good() || bytes.empty()) return;
  if (std::fread(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return Fail("is cut off");
  Digest(bytes);
  left_ -= bytes.size();
}

void CheckpointReader::Into(Spool& spool) {
  std::uint64_t left = Count(1);
  std::vector<std::uint8_t> piece;
  while (good() && left > 0) {
    piece.resize(std::min<std::uint64_t>(kPiece, left));
    Bytes(piece);
    spool.Append(piece);
    left -= piece.size();
  }
}

bool CheckpointReader::Finish() {
  const std::uint64_t digest = DigestSoFar();
  if (Number() != digest) Fail("is damaged: its digest does not fit");
  if (left_ != 0) Fail("is longer than it should be");
  return good();
}

}  // namespace spec::explorer
