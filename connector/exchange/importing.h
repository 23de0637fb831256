// The use case "import": original bytes in, records in the archive or a reason why not.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "exchange/imports.h"
#include "exchange/source.h"

namespace connector::exchange {

struct ImportOptions {
  core::DatasetId dataset{"default"};
  bool lenient = false;
  bool dry_run = false;  // read and report, store nothing
};

// What became of one file, in the words that users see.
struct FileOutcome {
  std::string path;
  std::string outcome;  // "imported", "known", "declined", "refused"
  std::string format;   // "UBL"
  std::string version;  // "2.1"
  std::size_t records = 0;
  record::Counts counts;
  std::string cause;   // of a refusal or a declined file
  std::string place;   // where in the file
  bool later = false;  // refused by the store's state (disk full ...), not for what it is
};
Verdict verdict_of(const FileOutcome& outcome);

struct ImportReport {
  std::vector<FileOutcome> results;
  std::size_t count(std::string_view outcome) const;
};
core::Json to_json(const ImportReport& report);
core::Json to_json(const FileOutcome& file);
FileOutcome file_outcome_from_json(const core::Json& json);

// Pure but for the archive. Never fails: a failure is an outcome.
FileOutcome import_document(Archive* archive, const DatasetInfo& dataset, std::string path,
                            std::string_view bytes, const ImportOptions& options);

}  // namespace connector::exchange
