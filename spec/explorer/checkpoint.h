// Checkpoints: one file in a folder, written beside the last one and put in its place when it is
// whole and on the disk.  So there is always one that is whole, whenever the process is killed.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spec/explorer/spool.h"

namespace spec::explorer {

class CheckpointFile {
 public:
  bool good() const { return error_.empty(); }
  const std::string& error() const { return error_; }

 protected:
  explicit CheckpointFile(std::string folder);
  ~CheckpointFile();
  CheckpointFile(const CheckpointFile&) = delete;
  CheckpointFile& operator=(const CheckpointFile&) = delete;
  void Fail(const std::string& what);
  void Digest(std::span<const std::uint8_t> bytes);
  std::uint64_t DigestSoFar() const;

  std::string folder_;
  std::FILE* file_ = nullptr;
  std::string error_;

 private:
  struct Hash;
  std::unique_ptr<Hash> hash_;
};

class CheckpointWriter : public CheckpointFile {
 public:
  explicit CheckpointWriter(std::string folder);
  void Number(std::uint64_t number);
  void Bytes(std::span<const std::uint8_t> bytes);
  // What a spool holds from `offset` on.
  void Tail(const Spool& spool, std::uint64_t offset);
  // False, and error() says why, if anything went wrong; the last checkpoint is there then.
  bool Commit();
};

class CheckpointReader : public CheckpointFile {
 public:
  explicit CheckpointReader(std::string folder);
  // False without an error: there is none.
  bool exists() const { return file_ != nullptr; }
  std::uint64_t Number();
  // A number of things of `size` bytes that follow; 0 if the file is not so long.
  std::uint64_t Count(std::uint64_t size);
  void Bytes(std::span<std::uint8_t> bytes);
  void Into(Spool& spool);
  // Was everything there, and as it was written?
  bool Finish();

 private:
  std::uint64_t left_ = 0;
};

}  // namespace spec::explorer
