#include "record/ubl_reading.h"

#include <algorithm>

#include "core/limits.h"
#include "record/build.h"
#include "record/identifier.h"
#include "record/unit.h"

namespace connector::record::ubl {
namespace {

namespace limits = core::limits;

// Header fields are repeated in every line: all records of a document may have so many bytes.
constexpr std::size_t kExpandedBytes = 4 * limits::kDocumentBytes;
// Of one party or item. Nobody has more; comparing each with each stays cheap.
constexpr int kIdentifiers = 64;

}  // namespace

void Reading::refuse(std::string cause, pugi::xml_node at) {
  if (!refusal_) refusal_ = Refusal{std::move(cause), xml_.place_of(at)};
}

std::string Reading::required(pugi::xml_node parent, std::string_view name) {
  const pugi::xml_node node = child(parent, name);
  std::string value = text(node);
  if (!value.empty() || refusal_) return value;
  const char* what = node ? " is empty" : " is missing";
  refuse(std::string(type_.name) + " is incomplete: " + std::string(name) + what,
         node ? node : parent);
  if (!node) refusal_->place.path.append("/").append(name);
  return value;
}

void Reading::decimal(pb::Decimal& out, pugi::xml_node node) {
  if (auto status = set_decimal(out, text(node)); !status) {
    refuse(std::string(local_name(node)) + " is not a decimal: " + status.error().message, node);
  }
}

void Reading::quantity(pb::Quantity& out, pugi::xml_node node, pb::Header& flags) {
  decimal(*out.mutable_value(), node);
  if (!set_unit(out, attribute(node, "unitCode"))) {
    add_flag(flags, "unknown-unit:" + xml_.path_of(node));
  }
}

void Reading::money(pb::Money& out, pugi::xml_node node) {
  decimal(*out.mutable_amount(), node);
  const std::string currency = attribute(node, "currencyID");
  if (!currency.empty()) out.set_currency(currency);
}

bool Reading::instant(pb::Instant& out, pugi::xml_node parent, std::string_view date,
                      std::string_view time) {
  const pugi::xml_node day = child(parent, date);
  const std::string day_text = text(day);
  if (day_text.empty()) return false;
  const std::string time_text = time.empty() ? std::string{} : child_text(parent, time);
  const auto at = core::parse_instant(day_text, time_text);
  if (!at) {
    refuse(std::string(date) + " is not a date: " + at.error().message, day);
    return false;
  }
  set_instant(out, *at);
  return true;
}

void Reading::period(pb::Period& out, pugi::xml_node node) {
  pb::Instant at;
  if (instant(at, node, "StartDate", "StartTime")) *out.mutable_from() = at;
  at.Clear();
  if (instant(at, node, "EndDate", "EndTime")) *out.mutable_to() = at;
}

void Reading::identifier(google::protobuf::RepeatedPtrField<pb::Identifier>& ids,
                         std::string_view scheme, pugi::xml_node node, pb::Header& flags,
                         std::string_view owner) {
  const std::string raw = text(node);
  if (raw.empty()) return;
  if (ids.size() >= kIdentifiers) return refuse("too many identifiers of one thing", node);
  pb::Identifier id = make_identifier(scheme, raw, owner);
  if (id.has_valid() && !id.valid()) {
    add_flag(flags, "invalid-identifier:" + xml_.path_of(node));
  }
  const auto same = [&](const pb::Identifier& other) {
    return other.scheme() == id.scheme() && other.value() == id.value();
  };
  if (std::none_of(ids.begin(), ids.end(), same)) *ids.Add() = std::move(id);
}

void Reading::emit(std::vector<pb::Record>& out, pb::Record record, pugi::xml_node at) {
  const std::size_t bytes = record.ByteSizeLong();
  bytes_ += bytes;
  if (!keys_.insert(record.header().key()).second) {
    const pb::OrderLine& line = record.order_line();
    refuse(line.has_line_no() ? "line number '" + line.line_no() + "' is given twice"
                              : "order '" + line.order_number() + "' is named twice",
           at);
  } else if (bytes > limits::kRecordBytes) {
    refuse("this line gives a record of " + std::to_string(bytes) + " bytes; the limit is " +
               std::to_string(limits::kRecordBytes),
           at);
  } else if (bytes_ > kExpandedBytes || keys_.size() > limits::kRecordsPerDocument) {
    refuse("the document gives more records than one document may; split it", at);
  } else {
    out.push_back(std::move(record));
  }
}

std::string scheme_of(pugi::xml_node id, std::string_view gs1, std::string_view otherwise) {
  const std::string code = attribute(id, "schemeID");
  if (!code.empty()) {
    std::string scheme = scheme_of_code(code);
    if (!scheme.empty()) return scheme;
  }
  return std::string(attribute(id, "schemeAgencyID") == "9" ? gs1 : otherwise);
}

}  // namespace connector::record::ubl
