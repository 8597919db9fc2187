// Events to newline-delimited JSON.  What this is: the writing half of the format, byte for byte
// deterministic: fields in the order of event.h, absent ones left out, no white space.
// Each line is what etcd's tools accept: `{"tag":"trace","event":{...}}`.
// Read next: reader.h.
#pragma once

#include <ostream>
#include <string>

#include "raft/trace/event.h"
#include "raft/trace/sink.h"

namespace trace {

// Appends one line, with its line feed.  Ids and digests are decimal strings.  An enumerator out of
// its range is a bug of the caller and aborts.
void AppendJson(const Event& event, std::string& out);
// Appends one line, `{"tag":"raftcheck","header":{...}}`.
void AppendJson(const Header& header, std::string& out);

// A sink that writes lines to a stream, in blocks.  Does not own the stream, which must outlive it.
// Errors stay in the state of the stream: call Flush and ask the stream.
class Writer : public Sink {
 public:
  explicit Writer(std::ostream& stream);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() override;

  void Write(const Header& header);
  void Emit(const Event& event) override;
  // Hands everything to the stream and flushes it.
  void Flush();

 private:
  void WriteIfFull();

  std::ostream& stream_;
  std::string buffer_;
};

}  // namespace trace
