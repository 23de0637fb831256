// Getting documents in: the port to the store and the outcome that users see.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/name.h"
#include "core/result.h"
#include "exchange/ports.h"
#include "record/document.h"

namespace connector::exchange {

struct ImportItem {
  core::DatasetId dataset;
  std::string_view original;  // kept, content-addressed
  core::Digest sha256{};
  record::Document document;  // outcome kRead
  std::string name;           // of the file, for messages only
};

struct Imported {
  enum class Outcome { kImported, kKnown, kConflict } outcome = Outcome::kImported;
  std::size_t records = 0;
  std::string cause;  // of a conflict: names both documents
};

struct RecordRow {  // for lists
  core::DatasetId dataset;
  std::uint64_t sequence = 0;
  std::string bytes;
  std::optional<core::Connector> from;  // set for received records
  std::string account;                  // of a received record: its receipt
};

struct RecordQuery {
  std::optional<core::DatasetId> dataset;
  bool own = true;
  bool received = true;
  std::optional<std::string> order_number;
  std::optional<std::string> key;  // content id (hex, prefix) or natural key
  std::string account;             // received records of this account only
  std::vector<int> kinds;
  std::uint64_t after = 0;
  std::size_t limit = 50;
};

// The writing half of the record store.
class Archive {
 public:
  virtual ~Archive() = default;
  // One durable transaction: original, records, versions. Same content again: kKnown. Same
  // document_key with other content: a new version if the document's version differs and is
  // stated, else kConflict and nothing is stored.
  virtual core::Result<Imported> import(const ImportItem& item) = 0;
  virtual core::Result<std::vector<RecordRow>> query(const RecordQuery& query) const = 0;
  // Leaves a tombstone for each active record of that key.
  virtual core::Result<std::size_t> withdraw(const core::DatasetId& dataset, const std::string& key,
                                             const std::string& reason, core::EpochNs at) = 0;
  virtual core::Result<std::string> original(const core::Digest& sha256) const = 0;
};

}  // namespace connector::exchange
