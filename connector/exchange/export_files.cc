#include "exchange/export_files.h"

#include "exchange/payload.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

using core::Json;

std::optional<SignedEnvelope> envelope_at(Members& members, const char* key) {
  const Json* json = members.object_or_null(key);
  if (json == nullptr) return std::nullopt;
  auto envelope = envelope_from_json(core::to_text(*json));
  if (!envelope) {
    members.fail(std::string(key) + ": " + envelope.error().message);
    return std::nullopt;
  }
  return std::move(*envelope);
}

std::vector<std::uint64_t> indexes_at(Members& members, const char* key) {
  std::vector<std::uint64_t> indexes;
  const Json* list = members.list(key);
  if (list == nullptr) return indexes;
  for (const Json& one : list->items()) {
    const auto index = one.as_uint64();
    const bool written = one.is_string() && index && std::to_string(*index) == one.text();
    if (!written || (!indexes.empty() && *index <= indexes.back())) {
      members.fail(std::string(key) + " are not whole numbers in strings, each more than the last");
      return indexes;
    }
    indexes.push_back(*index);
  }
  if (indexes.empty()) members.fail(std::string(key) + " is empty");
  return indexes;
}

}  // namespace

core::Error broken(const std::string& file, const std::string& place, const std::string& what) {
  core::Error error =
      core::invalid("EXPORT_INVALID", file + (place.empty() ? "" : ", " + place) + ": " + what,
                    "ask for a new export; keep this one");
  error.metadata = {{"file", file}, {"place", place}};
  return error;
}

std::string nth(const char* what, std::uint64_t n) {
  std::string text = what;
  return text.append(" ").append(std::to_string(n));
}

core::Result<std::string> export_file(const ExportReader& read, const std::string& path) {
  auto bytes = read(path);
  if (!bytes) return broken(path, {}, "cannot be read: " + bytes.error().message);
  return bytes;
}

core::Result<Json> export_json(const ExportReader& read, const std::string& path) {
  auto bytes = export_file(read, path);
  if (!bytes) return std::move(bytes.error());
  auto json = core::parse_untrusted(*bytes);
  if (!json) return broken(path, {}, json.error().message);
  if (core::to_pretty_text(*json) != *bytes) {
    return broken(path, {}, "it is not written as an exporter writes it");
  }
  return json;
}

core::Result<ExportIndex> read_export_index(const ExportReader& read) {
  const std::string path = "export.json";
  auto json = export_json(read, path);
  if (!json) return std::move(json.error());
  Members members(*json, path);
  ExportIndex index;
  if (members.text("v") != "1") members.fail("it is not of version 1");
  index.self = members.connector("self");
  index.fetches = members.number("fetches");
  if (const Json* list = members.list("introductions")) index.introductions = list->items();
  if (auto done = members.done(); !done) return broken(path, {}, done.error().message);
  return index;
}

core::Result<ExportedPart> read_exported_part(const ExportReader& read, std::uint64_t n) {
  ExportedPart part;
  part.path = "fetch/" + std::to_string(n) + ".json";
  auto json = export_json(read, part.path);
  if (!json) return std::move(json.error());
  Members members(*json, part.path);
  const std::string role = members.text("role");
  if (role != "provider" && role != "consumer") members.fail("role is neither of the two");
  part.provider = role == "provider";
  part.partner = members.connector("partner");
  part.request_id = members.present("request_id");
  part.first_request = members.present("first_request");
  part.entries = indexes_at(members, "entries");
  part.receipt = envelope_at(members, "receipt");
  part.acknowledgement = envelope_at(members, "acknowledgement");
  part.head = envelope_at(members, "head");
  if (auto done = members.done(); !done) return broken(part.path, {}, done.error().message);
  return part;
}

}  // namespace connector::exchange
