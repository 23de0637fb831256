// Our evidence as others verify it: the log and what was signed, as files (docs/formats.md,
// "Export"), and their verification with public keys alone.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "exchange/agreements.h"
#include "exchange/ports.h"

namespace connector::exchange {

// One entry for people and --json: its members, index and leaf hash; time as RFC 3339.
core::Result<core::Json> entry_to_json(std::uint64_t index, std::string_view entry);

struct AuditKeys {
  core::Connector self;
  std::vector<std::string> introductions;    // envelopes (JSON): ours and partners', of all times
  std::vector<std::string> statements = {};  // likewise: deletion proofs and use statements
  std::vector<KeptAgreement> agreements = {};
};
// Called once a file, in no order that matters; path is relative, with "/".
using ExportSink = std::function<core::Status(const std::string& path, std::string_view bytes)>;
using ExportReader = std::function<core::Result<std::string>(const std::string& path)>;

// The log up to the checkpoint (a signed note of ours), and the fetches, agreements and statements
// that it speaks of.
core::Status export_log(const Log& log, const Accounts& accounts, const std::string& checkpoint,
                        const AuditKeys& keys, const ExportSink& sink);

// Recomputes every leaf, tile and the root, and verifies the checkpoint, every receipt,
// acknowledgement, agreement and statement, and that entries and statements agree. Answers what was
// verified; fails with EXPORT_INVALID and the first file and place that does not hold (metadata
// "file", "place"). Who does not trust the export's own word for the log's key gives it: only that
// key is accepted.
core::Result<core::Json> verify_export(const ExportReader& read, const VerifySignature& verify,
                                       const std::string& expected_log_key = {});

}  // namespace connector::exchange
