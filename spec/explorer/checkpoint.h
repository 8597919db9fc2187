// Checkpoints.  A checkpoint is one file in a folder.  A new one is written beside the old one and
// replaces it only when it is complete and synced, so a complete checkpoint exists even if the
// process is killed at any moment.
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
  // Writes the content of the spool from `offset` to its end.
  void Tail(const Spool& spool, std::uint64_t offset);
  // Returns false if anything failed; error() then says why, and the previous checkpoint is kept.
  bool Commit();
};

class CheckpointReader : public CheckpointFile {
 public:
  explicit CheckpointReader(std::string folder);
  // If this is false and there is no error, there is no checkpoint.
  bool exists() const { return file_ != nullptr; }
  std::uint64_t Number();
  // Reads how many items of `size` bytes follow; 0 if the file is too short for them.
  std::uint64_t Count(std::uint64_t size);
  void Bytes(std::span<std::uint8_t> bytes);
  void Into(Spool& spool);
  // Returns true if the whole file was read and its digest is right.
  bool Finish();

 private:
  std::uint64_t left_ = 0;
};

}  // namespace spec::explorer
