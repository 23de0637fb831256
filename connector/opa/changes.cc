#include "opa/changes.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace connector::opa {
namespace {

using core::Json;
using Lines = std::vector<std::string_view>;

constexpr std::size_t kCells = 4'000'000;  // of the table of common lines; beyond it all differ

Json line_of(std::size_t number, const char* sign, std::string_view text) {
  return Json::object()
      .set("line", Json::integer(static_cast<std::int64_t>(number)))
      .set("sign", Json::string(sign))
      .set("text", Json::string(std::string(text)));
}

// Lengths of the longest common subsequences of what is left from (i, j) on.
std::vector<std::uint32_t> common_lengths(const Lines& a, const Lines& b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> lengths((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      lengths[i * width + j] =
          a[i] == b[j] ? lengths[(i + 1) * width + j + 1] + 1
                       : std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  return lengths;
}

Lines lines_of(const std::string& text) {
  Lines lines = core::split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();  // behind the last line's end
  return lines;
}

Json line_changes(const std::string& before, const std::string& after) {
  Lines a = lines_of(before);
  Lines b = lines_of(after);
  std::size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  a.erase(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(same));
  b.erase(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(same));
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.pop_back();
    b.pop_back();
  }
  const bool small = (a.size() + 1) * (b.size() + 1) <= kCells;
  const auto lengths = small ? common_lengths(a, b) : std::vector<std::uint32_t>();
  const std::size_t width = b.size() + 1;
  Json list = Json::array();
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (small && i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || !small ||
                                lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      list.push(line_of(same + i + 1, "-", a[i]));
      ++i;
    } else {
      list.push(line_of(same + j + 1, "+", b[j]));
      ++j;
    }
  }
  return list;
}

bool is_table(const std::string& file) {
  const auto& tables = table_files();
  return std::find(tables.begin(), tables.end(), file) != tables.end();
}

// Where an entry's members are entries of their own.
bool nested(const std::string& table) {
  return table == "purposes";
}

using Entries = std::vector<std::pair<std::string, Json>>;  // in the order of the table

Entries entries_of(const Json& tables, const std::string& table) {
  Entries entries;
  const Json* found = tables.find(table);
  for (const auto& [key, value] : found ? found->members() : std::vector<Json::Member>()) {
    if (!nested(table)) {
      entries.emplace_back(key, value);
      continue;
    }
    for (const auto& [inner, below] : value.members())
      entries.emplace_back(key + "/" + inner, below);
  }
  return entries;
}

const Json* find(const Entries& entries, const std::string& key) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  return found == entries.end() ? nullptr : &found->second;
}

}  // namespace

Json file_changes(const Snapshot& before, const Snapshot& after) {
  std::set<std::string> names;
  for (const auto* files : {&before, &after}) {
    for (const auto& [name, content] : *files) names.insert(name);
  }
  Json list = Json::array();
  for (const std::string& name : names) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (old != before.end() && now != after.end() && old->second == now->second) continue;
    const char* change = old == before.end() ? "added" : now == after.end() ? "removed" : "changed";
    Json one = Json::object().set("file", Json::string(name)).set("change", Json::string(change));
    if (!is_table(name) && name != kConsentsFile) {
      one.set("lines", line_changes(old == before.end() ? "" : old->second,
                                    now == after.end() ? "" : now->second));
    }
    list.push(std::move(one));
  }
  return list;
}

Json entry_changes(const Bench& before, const Bench& after) {
  Json list = Json::array();
  for (const std::string& file : table_files()) {
    const std::string table = file.substr(0, file.find('.'));
    const Entries old = entries_of(before.tables(), table);
    const Entries now = entries_of(after.tables(), table);
    const auto add = [&](const std::string& key, const Json* was, const Json* is) {
      const Places& places = is ? after.places() : before.places();
      list.push(Json::object()
                    .set("file", Json::string(file))
                    .set("entry", Json::string(key))
                    .set("place", Json::string(places.of(file, table + "/" + key)))
                    .set("before", was ? *was : Json())
                    .set("after", is ? *is : Json()));
    };
    for (const auto& [key, value] : old) {
      const Json* is = find(now, key);
      if (!is || core::to_text(*is) != core::to_text(value)) add(key, &value, is);
    }
    for (const auto& [key, value] : now) {
      if (!find(old, key)) add(key, nullptr, &value);
    }
  }
  return list;
}

}  // namespace connector::opa
