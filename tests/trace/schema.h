// The JSON Schema (draft 2020-12) of a line, made from the field lists of event.h.  What this is:
// for people who instrument another implementation; trace.schema.json beside it is its output, and
// a test compares the two.  Not what the reader uses: that one is stricter, it also refuses
// repeated keys. Read next: docs/trace_schema.md.
#pragma once

#include <string>

namespace trace {

// Indented, ends with a line feed.  Deterministic.
std::string JsonSchema();

}  // namespace trace
