// The JSON Schema (draft 2020-12) of a trace line, generated from the field lists of event.h.  It
// is for people who instrument another implementation.  trace.schema.json in this folder is the
// output, and a test compares the two.  The reader does not use it; the reader is stricter and also
// refuses repeated keys.  Read next: docs/trace_schema.md.
#pragma once

#include <string>

namespace trace {

// Indented, with a line feed at the end.  Deterministic.
std::string JsonSchema();

}  // namespace trace
