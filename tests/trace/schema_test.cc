// The JSON Schema and docs/trace_schema.md must agree with the field lists of event.h.
#include "tests/trace/schema.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "raft/trace/event_fields.h"
#include "tests/trace/support.h"

namespace trace::testing {
namespace {

const std::filesystem::path kRoot = RAFTCHECK_SOURCE_DIR;

TEST(Schema, FileIsWhatTheFieldListsGive) {
  const auto path = kRoot / "raft/trace/trace.schema.json";
  if (std::getenv("RAFTCHECK_REWRITE") != nullptr) std::ofstream(path) << JsonSchema();
  EXPECT_EQ(FileText(path), JsonSchema())
      << "run this test with RAFTCHECK_REWRITE=1 in the environment, and review the difference";
}

TEST(Schema, EveryReferenceHasADefinition) {
  const auto schema = nlohmann::json::parse(JsonSchema());
  const std::string text = schema.dump();
  const std::string marker = "\"#/$defs/";
  int count = 0;
  for (std::size_t at = text.find(marker); at != std::string::npos; at = text.find(marker, at)) {
    at += marker.size();
    EXPECT_TRUE(schema["$defs"].contains(text.substr(at, text.find('"', at) - at)));
    ++count;
  }
  EXPECT_GT(count, 30);
  EXPECT_EQ(schema["$defs"]["event"]["required"], nlohmann::json({"name", "nid"}));
  EXPECT_EQ(schema["$defs"]["event"]["properties"]["name"]["enum"].size(), kEventNames.size());
}

// --- docs/trace_schema.md ---

using Row = std::vector<std::string>;

// The cells of the first table below the heading, without its first two lines and without back
// quotes.
std::vector<Row> TableUnder(const std::string& heading) {
  std::istringstream page(FileText(kRoot / "docs/trace_schema.md"));
  std::vector<Row> rows;
  std::string line;
  while (std::getline(page, line) && line != heading) {
  }
  while (std::getline(page, line) && !line.starts_with("|") && !line.starts_with("#")) {
  }
  for (; line.starts_with("|"); std::getline(page, line)) {
    std::istringstream cells(line.substr(1));
    Row row;
    for (std::string cell; std::getline(cells, cell, '|');) {
      std::erase(cell, '`');
      const std::size_t first = cell.find_first_not_of(' ');
      row.push_back(first == std::string::npos
                        ? ""
                        : cell.substr(first, cell.find_last_not_of(' ') + 1 - first));
    }
    rows.push_back(row);
    if (page.eof()) break;
  }
  if (rows.size() >= 2) rows.erase(rows.begin(), rows.begin() + 2);
  return rows;
}

template <class T>
std::string TypeText(std::string_view name) {
  if constexpr (IsField<T>::value) {
    return TypeText<typename T::value_type>(name);
  } else if constexpr (std::is_same_v<T, Entry>) {
    return "entry";
  } else if constexpr (std::is_same_v<T, SingleConfChange>) {
    return "change";
  } else if constexpr (std::is_same_v<T, Members>) {
    return "members";
  } else if constexpr (std::is_same_v<T, Snapshot>) {
    return "snapshot";
  } else if constexpr (Visitable<T>) {
    return std::string(name);
  } else if constexpr (IsList<T>::value) {
    return "list of " + TypeText<typename T::value_type>(name);
  } else if constexpr (std::is_same_v<T, Conf>) {
    return "two lists of id";
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(Names<T>::kWhat);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "boolean";
  } else if (name == "digest" || name == "result") {
    return "digest";
  } else if (name == "read") {
    return "decimal";
  } else {
    return IsStringField(name) ? "id" : "number";
  }
}

template <class Struct>
void ExpectTable(const std::string& heading) {
  std::vector<std::pair<std::string, std::string>> expected;
  Struct value{};
  Struct::Visit(value, [&](std::string_view name, auto& field) {
    expected.emplace_back(name, TypeText<std::remove_cvref_t<decltype(field)>>(name));
  });
  std::vector<std::pair<std::string, std::string>> found;
  for (const Row& row : TableUnder(heading)) {
    ASSERT_EQ(row.size(), 4U) << heading;
    found.emplace_back(row[0], row[1]);
    EXPECT_TRUE(row[2] == "etcd" || row[2] == "ours") << heading << ": " << row[0];
    EXPECT_FALSE(row[3].empty()) << heading << ": " << row[0];
  }
  EXPECT_EQ(found, expected) << heading;
}

TEST(Page, TablesOfFieldsAreTheFieldLists) {
  ExpectTable<Header>("### header");
  ExpectTable<Event>("### event");
  ExpectTable<State>("### state");
  ExpectTable<Message>("### msg");
  ExpectTable<Properties>("### prop");
  ExpectTable<ConfChange>("### cc");
  ExpectTable<SingleConfChange>("### change");
  ExpectTable<Entry>("### entry");
  ExpectTable<Durable>("### durable");
  ExpectTable<Members>("### members");
  ExpectTable<Snapshot>("### snapshot");
}

TEST(Page, TableOfEventsIsTheEnumeration) {
  std::vector<std::string> found;
  for (const Row& row : TableUnder("## Events")) {
    ASSERT_EQ(row.size(), 5U);
    found.push_back(row[0]);
    for (const std::string& cell : row) EXPECT_FALSE(cell.empty()) << row[0];
    const EventFields& fields = kEventFields[found.size() - 1];
    EXPECT_TRUE(row[2].starts_with(fields.moment)) << row[0] << ": " << row[2];
    std::string names;
    for (std::size_t k = 0; k < kPartNames.size(); ++k) {
      if (!Has(fields.belongs, static_cast<Part>(k))) continue;
      names += (names.empty() ? "" : ", ") + std::string(kPartNames[k]);
    }
    EXPECT_EQ(row[3], names.empty() ? "none" : names) << row[0];
  }
  EXPECT_EQ(found, std::vector<std::string>(kEventNames.begin(), kEventNames.end()));
}

// The fields that the table of raft/trace/event_fields.h needs stand in the page's list.
TEST(Page, NamesTheFieldsThatAreNeeded) {
  std::string needs;
  for (const Row& row : TableUnder("### What judging cannot do without")) {
    ASSERT_EQ(row.size(), 3U);
    needs += row[0] + " " + row[1] + "\n";
  }
  for (const EventFields& fields : kEventFields) {
    const std::string name(kEventNames[static_cast<std::size_t>(fields.event)]);
    const bool message = fields.needs == "msg";
    const std::string expected =
        message ? "all events about a message msg" : name + " " + std::string(fields.needs);
    if (fields.needs.empty() || fields.needs == "msg, msg.type") continue;
    EXPECT_NE(needs.find(expected), std::string::npos) << expected;
  }
  EXPECT_NE(needs.find("SendMessage msg.type"), std::string::npos);
}

template <class Enum>
void ExpectNames() {
  std::string names;
  for (const std::string_view name : Names<Enum>::kList) {
    names += (names.empty() ? "`" : ", `") + std::string(name) + "`";
  }
  EXPECT_NE(FileText(kRoot / "docs/trace_schema.md").find(names + ".\n"), std::string::npos)
      << names;
}

TEST(Page, NamesAreTheEnumerations) {
  ExpectNames<Role>();
  ExpectNames<MessageType>();
  ExpectNames<SingleConfChange::Action>();
  ExpectNames<Transition>();
}

TEST(Page, ExampleIsTheFixtureAndIsReadAndWrittenAgain) {
  const std::string fixture = FileText(kRoot / "tests/data/ten_lines.ndjson");
  const std::string page = FileText(kRoot / "docs/trace_schema.md");
  EXPECT_NE(page.find("```json\n" + fixture + "```\n"), std::string::npos);
  const auto items = ReadText(fixture);
  ASSERT_TRUE(items.has_value()) << items.error().message;
  EXPECT_EQ(items.value().size(), 10U);
  std::string again;
  for (const Item& item : items.value()) {
    std::visit([&](const auto& value) { AppendJson(value, again); }, item.value);
  }
  EXPECT_EQ(again, fixture);
}

TEST(Page, NamesTheVersion) {
  const std::string page = FileText(kRoot / "docs/trace_schema.md");
  EXPECT_NE(page.find("This page describes version " + std::to_string(kFormatVersion) + "."),
            std::string::npos);
}

}  // namespace
}  // namespace trace::testing
