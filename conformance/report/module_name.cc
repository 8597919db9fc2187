#include "conformance/report/module_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>

namespace conformance {
namespace {

// Specifying Systems, 15.1.
constexpr auto kReserved = std::to_array<std::string_view>(
    {"ASSUME",      "ASSUMPTION", "AXIOM",    "BOOLEAN",   "BY",        "CASE",    "CHOOSE",
     "CONSTANT",    "CONSTANTS",  "DEF",      "DEFINE",    "DEFS",      "DOMAIN",  "ELSE",
     "ENABLED",     "EXCEPT",     "EXTENDS",  "FALSE",     "HAVE",      "HIDE",    "IF",
     "IN",          "INSTANCE",   "LAMBDA",   "LEMMA",     "LET",       "LOCAL",   "MODULE",
     "NEW",         "OBVIOUS",    "OMITTED",  "ONLY",      "OTHER",     "PICK",    "PROOF",
     "PROPOSITION", "PROVE",      "QED",      "RECURSIVE", "SF_",       "STATE",   "STRING",
     "SUBSET",      "SUFFICES",   "TAKE",     "TEMPORAL",  "THEN",      "THEOREM", "TRUE",
     "UNCHANGED",   "UNION",      "USE",      "VARIABLE",  "VARIABLES", "WF_",     "WITH",
     "WITNESS",     "ACTION",     "COROLLARY"});

// Of TLA+, of TLC and of the community modules.
constexpr auto kStandard = std::to_array<std::string_view>({"Naturals",
                                                            "Integers",
                                                            "Reals",
                                                            "ProtoReals",
                                                            "Peano",
                                                            "Sequences",
                                                            "FiniteSets",
                                                            "Bags",
                                                            "RealTime",
                                                            "TLC",
                                                            "TLCExt",
                                                            "Randomization",
                                                            "Toolbox",
                                                            "TLAPS",
                                                            "Json",
                                                            "IOUtils",
                                                            "CSV",
                                                            "SVG",
                                                            "Graphs",
                                                            "UndirectedGraphs",
                                                            "Functions",
                                                            "Folds",
                                                            "FiniteSetsExt",
                                                            "FiniteSetsExtTheorems",
                                                            "SequencesExt",
                                                            "SequencesExtTheorems",
                                                            "SequenceTheorems",
                                                            "SequenceOpTheorems",
                                                            "FiniteSetTheorems",
                                                            "FunctionTheorems",
                                                            "NaturalsInduction",
                                                            "WellFoundedInduction",
                                                            "BagsExt",
                                                            "Bitwise",
                                                            "Combinatorics",
                                                            "DifferentialEquations",
                                                            "DyadicRationals",
                                                            "Relation",
                                                            "ShiViz",
                                                            "Statistics",
                                                            "VectorClocks",
                                                            "HTML",
                                                            "Apalache",
                                                            "Variants",
                                                            "Option",
                                                            "Reducers",
                                                            "TLCEval",
                                                            "Java",
                                                            "GraphViz",
                                                            "TLCRuntime"});

// Of this project: what tla/ has.
constexpr auto kOurs = std::to_array<std::string_view>(
    {"MCRaft", "Raft", "RaftDurability", "RaftElection", "RaftMembership", "RaftNetwork",
     "RaftProperties", "RaftReads", "RaftReplication", "RaftSnapshot", "RaftState", "RaftTrace",
     "RaftLeases", "RaftTraceLines", "RaftTraceReport", "RaftTraceStart", "RaftTraceState",
     "RaftTransfer", "RaftTypes"});

template <class Names>
bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsIdentifier(std::string_view name) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  return !name.empty() && is_letter(name.front()) && !name.starts_with("WF_") &&
         !name.starts_with("SF_") && std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
         });
}

std::string WhyNot(const std::string& name) {
  if (!IsIdentifier(name)) {
    return "is no name of TLA+ (a letter, then letters, digits and _; not WF_ and SF_ in front)";
  }
  if (Has(kReserved, name)) return "is a reserved word of TLA+";
  if (Has(kStandard, name)) return "is the name of a standard module";
  if (Has(kOurs, name)) return "is the name of a module of the specification, in tla/";
  return {};
}

// A name like it.
std::string Proposal(std::string name) {
  for (char& c : name) {
    if (!IsIdentifier(std::string("a") + c)) c = '_';
  }
  return WhyNot(name).empty() ? name : "Trace_" + name;
}

}  // namespace

std::string ModuleName(const std::string& out) {
  return out.empty() ? "ExportedTrace" : std::filesystem::path(out).stem().string();
}

std::string WhyNoModule(const std::string& out) {
  const std::string name = ModuleName(out);
  const std::string why = WhyNot(name);
  if (why.empty()) return {};
  return out + ": the module is named as its file, and `" + name + "` " + why + "; " +
         std::filesystem::path(out).replace_filename(Proposal(name) + ".tla").string() +
         " would do";
}

}  // namespace conformance
