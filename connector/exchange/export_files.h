// An export's files as its verification reads them: JSON byte by byte as the exporter writes it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "exchange/agreements.h"
#include "exchange/audit.h"
#include "exchange/partner_client.h"

namespace connector::exchange {

// EXPORT_INVALID, with file and place.
core::Error broken(const std::string& file, const std::string& place, const std::string& what);
std::string nth(const char* what, std::uint64_t n);  // "entry 7"

core::Result<std::string> export_file(const ExportReader& read, const std::string& path);
// Refused unless it is what to_pretty_text gives for its value.
core::Result<core::Json> export_json(const ExportReader& read, const std::string& path);

// export.json
struct ExportIndex {
  core::Connector self;
  std::uint64_t fetches = 0;
  std::uint64_t agreements = 0;
  std::uint64_t statements = 0;
  std::vector<core::Json> introductions;  // envelopes
};
core::Result<ExportIndex> read_export_index(const ExportReader& read);

// fetch/<n>.json: one part of a fetch
struct ExportedPart {
  std::string path;
  bool provider = true;
  core::Connector partner;
  std::string request_id;
  std::string first_request;
  std::vector<std::uint64_t> entries;  // ascending
  std::optional<SignedEnvelope> receipt;
  std::optional<SignedEnvelope> acknowledgement;
  std::optional<SignedEnvelope> head;
};
core::Result<ExportedPart> read_exported_part(const ExportReader& read, std::uint64_t n);

// agreement/<n>.json
struct ExportedAgreement {
  std::string path;
  bool provider = true;  // we are
  core::Connector partner;
  std::uint64_t agreed = 0;    // the entry that names it with the provider's signature
  std::uint64_t verified = 0;  // with the consumer's: it is in force from there
  std::string payload;
  AgreementSignature by_provider;
  AgreementSignature by_consumer;
};
core::Result<ExportedAgreement> read_exported_agreement(const ExportReader& read, std::uint64_t n);

// statement/<n>.json: of received data
struct ExportedStatement {
  std::string path;
  bool provider = true;  // we are: the partner signed it
  core::Connector partner;
  std::uint64_t entry = 0;  // that names it
  SignedEnvelope envelope;
};
core::Result<ExportedStatement> read_exported_statement(const ExportReader& read, std::uint64_t n);

}  // namespace connector::exchange
