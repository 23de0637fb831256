#include "exchange/export_files.h"

#include "exchange/negotiation_message.h"
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

AgreementSignature signature_of(const Json& json, Members& whole) {
  Members members(json, "a signature");
  AgreementSignature made;
  made.key_id = members.present("keyid");
  made.signature = members.base64("sig");
  if (auto done = members.done(); !done) whole.fail(done.error().message);
  return made;
}

// Two sign the same bytes: the provider, then the consumer.
void read_twice_signed(const Json& json, ExportedAgreement& agreement, Members& whole) {
  Members members(json, "the agreement's envelope");
  if (members.text("payloadType") != kAgreementType) whole.fail("its payload type is another");
  agreement.payload = members.base64("payload");
  const Json* signatures = members.list("signatures");
  if (auto done = members.done(); !done) return whole.fail(done.error().message);
  if (signatures->items().size() != 2) return whole.fail("it has not two signatures");
  agreement.by_provider = signature_of(signatures->items()[0], whole);
  agreement.by_consumer = signature_of(signatures->items()[1], whole);
}

// "provider" or "consumer": ours.
bool provider_at(Members& members) {
  const std::string role = members.text("role");
  if (role != "provider" && role != "consumer") members.fail("role is neither of the two");
  return role == "provider";
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
  index.agreements = members.number("agreements");
  index.statements = members.number("statements");
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
  part.provider = provider_at(members);
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

core::Result<ExportedAgreement> read_exported_agreement(const ExportReader& read, std::uint64_t n) {
  ExportedAgreement agreement;
  agreement.path = "agreement/" + std::to_string(n) + ".json";
  auto json = export_json(read, agreement.path);
  if (!json) return std::move(json.error());
  Members members(*json, agreement.path);
  agreement.provider = provider_at(members);
  agreement.partner = members.connector("partner");
  agreement.agreed = members.number("agreed");
  agreement.verified = members.number("verified");
  const Json* envelope = members.object("agreement");
  if (envelope != nullptr && envelope->is_object()) {
    read_twice_signed(*envelope, agreement, members);
  }
  if (auto done = members.done(); !done) return broken(agreement.path, {}, done.error().message);
  return agreement;
}

core::Result<ExportedStatement> read_exported_statement(const ExportReader& read, std::uint64_t n) {
  ExportedStatement statement;
  statement.path = "statement/" + std::to_string(n) + ".json";
  auto json = export_json(read, statement.path);
  if (!json) return std::move(json.error());
  Members members(*json, statement.path);
  statement.provider = provider_at(members);
  statement.partner = members.connector("partner");
  statement.entry = members.number("entry");
  auto envelope = envelope_at(members, "statement");
  if (!envelope) members.fail("statement is missing");
  if (auto done = members.done(); !done) return broken(statement.path, {}, done.error().message);
  statement.envelope = std::move(*envelope);
  return statement;
}

}  // namespace connector::exchange
