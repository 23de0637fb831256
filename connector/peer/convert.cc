#include "peer/convert.h"

#include <array>
#include <utility>

#include "core/limits.h"
#include "core/text.h"

namespace connector::peer {
namespace {

namespace record_v1 = valuechain::record::v1;

constexpr std::array<std::pair<decision::FieldOp, v1::MaskOperation>, 5> kOperations{{
    {decision::FieldOp::kDrop, v1::MASK_OPERATION_DROP},
    {decision::FieldOp::kReplace, v1::MASK_OPERATION_REPLACE},
    {decision::FieldOp::kHash, v1::MASK_OPERATION_HASH},
    {decision::FieldOp::kTruncate, v1::MASK_OPERATION_TRUNCATE},
    {decision::FieldOp::kRound, v1::MASK_OPERATION_ROUND},
}};

// "order_line" <-> KIND_ORDER_LINE.
constexpr std::string_view kKindPrefix = "kind_";

std::string kind_name(int kind) {
  const std::string name =
      core::lower_ascii(record_v1::Kind_Name(static_cast<record_v1::Kind>(kind)));
  return name.starts_with(kKindPrefix) ? name.substr(kKindPrefix.size()) : std::string();
}

int kind_number(std::string_view name) {
  for (int kind = record_v1::Kind_MIN; kind <= record_v1::Kind_MAX; ++kind) {
    if (kind_name(kind) == name) return kind;
  }
  return record_v1::KIND_UNSPECIFIED;
}

}  // namespace

core::Result<exchange::SignedEnvelope> envelope_of(const v1::Envelope& message,
                                                   const std::string& field) {
  if (message.ByteSizeLong() > core::limits::kEnvelopeBytes) {
    return core::invalid("ENVELOPE_TOO_LARGE",
                         field + " has " + std::to_string(message.ByteSizeLong()) +
                             " bytes; at most " + std::to_string(core::limits::kEnvelopeBytes) +
                             " are read");
  }
  if (message.signatures_size() != 1) {
    return core::invalid("ENVELOPE_INVALID", field + ".signatures has " +
                                                 std::to_string(message.signatures_size()) +
                                                 " entries; exactly one is wanted");
  }
  const auto& signature = message.signatures(0);
  return exchange::SignedEnvelope{message.payload_type(), message.payload(), signature.key_id(),
                                  signature.signature()};
}

v1::Envelope message_of(const exchange::SignedEnvelope& envelope) {
  v1::Envelope message;
  message.set_payload_type(envelope.payload_type);
  message.set_payload(envelope.payload);
  auto& signature = *message.add_signatures();
  signature.set_key_id(envelope.key_id);
  signature.set_signature(envelope.signature);
  return message;
}

v1::DescribeResponse message_of(const exchange::Description& description) {
  v1::DescribeResponse message;
  message.set_participant(description.id.participant.str());
  message.set_site(description.id.site.str());
  message.set_software(description.software);
  for (const auto& version : description.protocol_versions) message.add_protocol_versions(version);
  for (const auto& key : description.keys) {
    auto& out = *message.add_keys();
    out.set_key_id(key.id.str());
    out.set_public_key(key.public_key);
    out.set_valid_from(key.valid_from_s);
    out.set_valid_to(key.valid_to_s);
  }
  message.set_checkpoint(description.checkpoint);
  message.set_log_key(description.log_key);
  return message;
}

exchange::Description description_of(const v1::DescribeResponse& message) {
  exchange::Description out;
  out.id = {core::ParticipantId(message.participant()), core::SiteName(message.site())};
  out.software = message.software();
  out.protocol_versions.assign(message.protocol_versions().begin(),
                               message.protocol_versions().end());
  for (const auto& key : message.keys()) {
    out.keys.push_back(
        {core::KeyId(key.key_id()), key.public_key(), key.valid_from(), key.valid_to()});
  }
  out.checkpoint = message.checkpoint();
  out.log_key = message.log_key();
  return out;
}

v1::ListDatasetsResponse message_of(const exchange::DatasetPage& page) {
  v1::ListDatasetsResponse message;
  for (const auto& dataset : page.datasets) {
    auto& out = *message.add_datasets();
    out.set_id(dataset.id.str());
    out.set_title(dataset.title);
    for (const auto& kind : dataset.kinds) {
      if (const int number = kind_number(kind); number != record_v1::KIND_UNSPECIFIED) {
        out.add_kinds(static_cast<record_v1::Kind>(number));
      }
    }
  }
  message.set_next_page_token(page.next_page_token);
  return message;
}

exchange::DatasetPage page_of(const v1::ListDatasetsResponse& message) {
  exchange::DatasetPage page;
  for (const auto& dataset : message.datasets()) {
    exchange::DatasetInfo info{
        .id = core::DatasetId(dataset.id()), .title = dataset.title(), .kinds = {}, .labels = {}};
    for (const int kind : dataset.kinds()) {
      if (auto name = kind_name(kind); !name.empty()) info.kinds.push_back(std::move(name));
    }
    page.datasets.push_back(std::move(info));
  }
  page.next_page_token = message.next_page_token();
  return page;
}

v1::GetProofResponse message_of(exchange::Proof proof) {
  v1::GetProofResponse message;
  message.set_checkpoint(std::move(proof.checkpoint));
  for (auto& entry : proof.entries) {
    auto& out = *message.add_entries();
    out.set_entry(std::move(entry.entry));
    out.set_index(entry.index);
    for (auto& hash : entry.inclusion) out.add_inclusion(std::move(hash));
  }
  for (auto& hash : proof.consistency) message.add_consistency(std::move(hash));
  return message;
}

exchange::Proof proof_of(const v1::GetProofResponse& message) {
  exchange::Proof proof;
  proof.checkpoint = message.checkpoint();
  for (const auto& entry : message.entries()) {
    proof.entries.push_back(
        {entry.entry(), entry.index(), {entry.inclusion().begin(), entry.inclusion().end()}});
  }
  proof.consistency.assign(message.consistency().begin(), message.consistency().end());
  return proof;
}

v1::MaskOperation operation_of(decision::FieldOp op) {
  for (const auto& [ours, theirs] : kOperations) {
    if (ours == op) return theirs;
  }
  return v1::MASK_OPERATION_UNSPECIFIED;
}

decision::FieldOp operation_of(std::uint64_t number) {
  for (const auto& [ours, theirs] : kOperations) {
    if (static_cast<std::uint64_t>(theirs) == number) return ours;
  }
  // An operation that this version does not know: the value cannot be relied on.
  return decision::FieldOp::kDrop;
}

}  // namespace connector::peer
