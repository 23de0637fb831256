#include "contract/odrl_read.h"

#include "contract/odrl_reader.h"
#include "core/limits.h"

namespace connector::contract {
namespace {

using core::Json;

core::Result<Names> names_of(const ReadOptions& options) {
  std::vector<Json> contexts;
  for (const std::string& address : options.contexts) contexts.push_back(Json::string(address));
  return Names().with(Json::array(std::move(contexts)));
}

core::Status read_into(Reading& reading, const Json& document, const Names& names) {
  Reader reader(names);
  reader.document({&document});
  if (reader.error()) return *reader.error();
  for (Found& found : reader.policies) {
    found.document = reading.documents;
    reading.policies.push_back(std::move(found));
  }
  for (Fact& fact : reader.facts) reading.facts.push_back(std::move(fact));
  ++reading.documents;
  return core::ok();
}

}  // namespace

core::Result<Reading> read_text(std::string_view text, const ReadOptions& options) {
  core::JsonLimits limits;
  limits.bytes = core::limits::kPolicyBytes;
  limits.string_bytes = core::limits::kPolicyStringBytes;
  const auto names = names_of(options);
  if (!names) return names.error();
  const auto documents =
      core::parse_untrusted_sequence(text, core::limits::kPolicyDocuments, limits);
  if (!documents) return documents.error();
  Reading reading;
  for (const Json& document : *documents) {
    if (auto read = read_into(reading, document, *names); !read) return read.error();
  }
  return reading;
}

core::Result<Reading> read_document(const Json& document, const ReadOptions& options) {
  const auto names = names_of(options);
  if (!names) return names.error();
  Reading reading;
  if (auto read = read_into(reading, document, *names); !read) return read.error();
  return reading;
}

core::Result<Policy> read_policy(const Json& document, const ReadOptions& options) {
  auto reading = read_document(document, options);
  if (!reading) return reading.error();
  if (reading->policies.size() != 1) {
    return core::invalid("POLICY_UNREADABLE",
                         "one policy is expected, not " + std::to_string(reading->policies.size()));
  }
  return std::move(reading->policies.front().policy);
}

core::Result<Constraint> read_constraint(const Json& constraint, const ReadOptions& options) {
  const auto names = names_of(options);
  if (!names) return names.error();
  Reader reader(*names);
  Constraint read = reader.constraint({&constraint});
  if (reader.error()) return *reader.error();
  return read;
}

}  // namespace connector::contract
