#include "exchange/importing.h"

#include <algorithm>

namespace connector::exchange {
namespace {

// A dataset may be limited to some kinds; a document that brings others is refused whole, so that
// nobody has to guess which half of it went in.
std::string foreign_kind(const DatasetInfo& dataset, const record::Document& document) {
  if (dataset.kinds.empty()) return {};
  for (const auto& record : document.records) {
    const std::string_view kind = record::kind_name(record.header().kind());
    if (std::find(dataset.kinds.begin(), dataset.kinds.end(), kind) == dataset.kinds.end()) {
      return std::string(kind);
    }
  }
  return {};
}

void refuse(FileOutcome& file, std::string cause) {
  file.outcome = "refused";
  file.cause = std::move(cause);
  file.records = 0;
}

void store(Archive& archive, const DatasetInfo& dataset, std::string_view bytes,
           record::Document document, FileOutcome& file) {
  ImportItem item{.dataset = dataset.id,
                  .original = bytes,
                  .sha256 = core::sha256(bytes),
                  .document = std::move(document),
                  .name = file.path};
  const auto imported = archive.import(item);
  if (!imported) {
    file.later = true;
    return refuse(file, imported.error().message);
  }
  switch (imported->outcome) {
    case Imported::Outcome::kImported:
      file.outcome = "imported";
      break;
    case Imported::Outcome::kKnown:
      file.outcome = "known";
      break;
    case Imported::Outcome::kConflict:
      refuse(file, imported->cause);
      break;
  }
}

}  // namespace

FileOutcome import_document(Archive* archive, const DatasetInfo& dataset, std::string path,
                            std::string_view bytes, const ImportOptions& options) {
  FileOutcome file;
  file.path = std::move(path);
  record::Document document = record::read(bytes, {.lenient = options.lenient});
  file.format = document.format.name;
  file.version = document.format.version;
  file.cause = document.cause;
  if (document.outcome == record::Outcome::kDeclined) {
    file.outcome = "declined";
    return file;
  }
  if (document.outcome == record::Outcome::kRefused) {
    file.outcome = "refused";
    file.place = document.place.str();
    return file;
  }
  file.counts = document.counts;
  file.records = document.records.size();
  if (const std::string kind = foreign_kind(dataset, document); !kind.empty()) {
    refuse(file, "dataset '" + dataset.id.str() + "' does not take records of kind '" + kind +
                     "'; import with --dataset another, or add the kind to its configuration");
    return file;
  }
  file.outcome = "imported";
  if (!options.dry_run && archive) store(*archive, dataset, bytes, std::move(document), file);
  return file;
}

Verdict verdict_of(const FileOutcome& outcome) {
  if (outcome.later) return {Verdict::Kind::kLater, outcome.cause};
  if (outcome.outcome == "imported" || outcome.outcome == "known") {
    return {Verdict::Kind::kTaken, {}};
  }
  return {Verdict::Kind::kRefused,
          outcome.place.empty() ? outcome.cause : outcome.cause + "\nat " + outcome.place};
}

std::size_t ImportReport::count(std::string_view outcome) const {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [&](const FileOutcome& file) { return file.outcome == outcome; }));
}

core::Json to_json(const FileOutcome& file) {
  core::Json counts = core::Json::object();
  for (const auto& [name, value] : file.counts) {
    counts.set(name, core::Json::number(value.canonical()));
  }
  return core::Json::object()
      .set("path", core::Json::string(file.path))
      .set("outcome", core::Json::string(file.outcome))
      .set("format", core::Json::string(file.format))
      .set("version", core::Json::string(file.version))
      .set("records", core::Json::integer(static_cast<std::int64_t>(file.records)))
      .set("counts", std::move(counts))
      .set("cause", core::Json::string(file.cause))
      .set("place", core::Json::string(file.place));
}

FileOutcome file_outcome_from_json(const core::Json& json) {
  FileOutcome file;
  file.path = json.text_at("path");
  file.outcome = json.text_at("outcome");
  file.format = json.text_at("format");
  file.version = json.text_at("version");
  file.cause = json.text_at("cause");
  file.place = json.text_at("place");
  if (const core::Json* records = json.find("records")) {
    file.records = static_cast<std::size_t>(records->as_uint64().value_or(0));
  }
  if (const core::Json* counts = json.find("counts")) {
    for (const auto& [name, value] : counts->members()) {
      if (auto count = core::Decimal::parse(value.text())) file.counts[name] = *count;
    }
  }
  return file;
}

core::Json to_json(const ImportReport& report) {
  core::Json results = core::Json::array();
  for (const FileOutcome& file : report.results) results.push(to_json(file));
  core::Json json = core::Json::object();
  json.set("files", core::Json::integer(static_cast<std::int64_t>(report.results.size())));
  for (const char* outcome : {"imported", "known", "declined", "refused"}) {
    json.set(outcome, core::Json::integer(static_cast<std::int64_t>(report.count(outcome))));
  }
  json.set("results", std::move(results));
  return json;
}

}  // namespace connector::exchange
