#include "exchange/orders.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <set>

#include "valuechain/record/v1/record.pb.h"

namespace connector::exchange {
namespace {

namespace pb = valuechain::record::v1;

// "QUANTITY_STATE_SHIPPED" -> "shipped"
std::string state_name(pb::QuantityState state) {
  std::string name = pb::QuantityState_Name(state).substr(sizeof("QUANTITY_STATE_") - 1);
  for (char& c : name) c = static_cast<char>(std::tolower(c));
  return name;
}

// What one party says of one line in one state.
struct Stated {
  core::Decimal value;
  std::string unit;
  std::string reason;
  std::set<std::string> documents;
  std::int64_t newest_ns = 0;
};

struct Line {
  std::string item;
  std::string status;
  std::int64_t status_ns = -1;
  std::set<std::string> documents;
  std::map<std::pair<pb::QuantityState, std::string>, Stated> quantities;  // by state and party
};

// Deliveries add up over documents; what is ordered, confirmed or planned is what the newest
// document says.
bool adds_up(pb::QuantityState state) {
  switch (state) {
    case pb::QUANTITY_STATE_SHIPPED:
    case pb::QUANTITY_STATE_RECEIVED:
    case pb::QUANTITY_STATE_SHORT:
    case pb::QUANTITY_STATE_OVER:
    case pb::QUANTITY_STATE_REJECTED: return true;
    default: return false;
  }
}

void note_quantity(Line& line, const pb::StatedQuantity& quantity, const std::string& party,
                   const std::string& document, std::int64_t at_ns) {
  const auto value = core::Decimal::parse(quantity.quantity().value().text());
  if (!value) return;
  Stated& stated = line.quantities[{quantity.state(), party}];
  if (!stated.documents.empty() && adds_up(quantity.state())) {
    stated.value = stated.value + *value;
  } else if (stated.documents.empty() || at_ns >= stated.newest_ns) {
    stated.value = *value;
    stated.documents.clear();
  } else {
    return;
  }
  stated.unit = quantity.quantity().unit();
  if (!quantity.reason().empty()) stated.reason = quantity.reason();
  stated.newest_ns = std::max(stated.newest_ns, at_ns);
  stated.documents.insert(document);
}

void note_line(Line& line, const pb::OrderLine& order_line, const std::string& party) {
  const std::string document = order_line.document_type() + " " + order_line.document_id();
  const std::int64_t at_ns = order_line.issued().epoch_ns();
  line.documents.insert(document + " (" + party + ")");
  if (line.item.empty() && order_line.item().has_name()) line.item = order_line.item().name();
  if (order_line.has_status() && at_ns >= line.status_ns) {
    line.status = pb::LineStatus_Name(order_line.status()).substr(sizeof("LINE_STATUS_") - 1);
    line.status_ns = at_ns;
  }
  for (const auto& quantity : order_line.quantities()) {
    note_quantity(line, quantity, party, document, at_ns);
  }
}

core::Json to_json(const std::string& number, const Line& line) {
  auto quantities = core::Json::array();
  for (const auto& [key, stated] : line.quantities) {
    auto documents = core::Json::array();
    for (const auto& document : stated.documents) documents.push(core::Json::string(document));
    quantities.push(core::Json::object()
                        .set("state", core::Json::string(state_name(key.first)))
                        .set("value", core::Json::string(stated.value.canonical()))
                        .set("unit", core::Json::string(stated.unit))
                        .set("stated_by", core::Json::string(key.second))
                        .set("reason", core::Json::string(stated.reason))
                        .set("documents", std::move(documents)));
  }
  auto documents = core::Json::array();
  for (const auto& document : line.documents) documents.push(core::Json::string(document));
  return core::Json::object()
      .set("line", core::Json::string(number))
      .set("item", core::Json::string(line.item))
      .set("status", core::Json::string(line.status))
      .set("quantities", std::move(quantities))
      .set("documents", std::move(documents));
}

}  // namespace

core::Result<core::Json> show_order(const Archive& archive, const core::Connector& self,
                                    const std::string& number) {
  RecordQuery query;
  query.order_number = number;
  query.kinds = {pb::KIND_ORDER_LINE};
  query.limit = 10'000;
  auto rows = archive.query(query);
  if (!rows) return std::move(rows.error());
  // A later version of a line replaces the earlier one of the same party.
  std::map<std::pair<std::string, std::string>, pb::OrderLine> newest;
  for (const RecordRow& row : *rows) {
    pb::Record record;
    if (!record.ParseFromString(row.bytes) || !record.has_order_line()) continue;
    const std::string party = row.from ? row.from->str() : self.str();
    newest[{party, record.header().key()}] = record.order_line();
  }
  if (newest.empty()) {
    return core::Error{core::Code::kNotFound, "ORDER_NOT_FOUND",
                       "no record names order '" + number + "'",
                       "import it, or fetch it from the partner", {}};
  }
  std::map<std::string, Line> lines;
  for (const auto& [key, line] : newest) {
    const std::string line_no =
        line.order_line_no().empty() ? line.line_no() : line.order_line_no();
    note_line(lines[line_no], line, key.first);
  }
  auto list = core::Json::array();
  for (const auto& [line_no, line] : lines) list.push(to_json(line_no, line));
  return core::Json::object()
      .set("order", core::Json::string(number))
      .set("lines", std::move(list));
}

core::Result<core::Json> record_to_json(const RecordRow& row, const core::Connector& self) {
  pb::Record record;
  if (!record.ParseFromString(row.bytes)) return core::internal("a stored record does not parse");
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(record, &text, options).ok()) {
    return core::internal("a stored record cannot be shown as JSON");
  }
  auto body = core::parse_untrusted(text);
  if (!body) return std::move(body.error());
  return core::Json::object()
      .set("dataset", core::Json::string(row.dataset.str()))
      .set("sequence", core::Json::string(std::to_string(row.sequence)))
      .set("content_id", core::Json::string(core::hex(record.header().content_id())))
      .set("source_sha256", core::Json::string(core::hex(record.header().source_sha256())))
      .set("stated_by", core::Json::string(row.from ? row.from->str() : self.str()))
      .set("receipt", core::Json::string(row.account))
      .set("record", std::move(*body));
}

}  // namespace connector::exchange
