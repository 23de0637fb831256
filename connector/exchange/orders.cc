#include "exchange/orders.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "exchange/order_buyers.h"
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

// Quantities that add up are kept apart by unit; nobody adds kilograms to pieces.
using StatedKey = std::tuple<pb::QuantityState, std::string, std::string>;  // state, party, unit

struct Line {
  std::string item;
  std::string status;
  std::string reason;
  std::int64_t status_ns = std::numeric_limits<std::int64_t>::min();
  std::set<std::string> documents;
  std::map<StatedKey, Stated> quantities;
};

// One order line record and who holds it out.
struct Said {
  pb::OrderLine line;
  std::string party;
  std::uint64_t version = 0;
};

// By line number as people know it: "1", of sub-lines "1.2"; "" for whole documents.
using Lines = std::map<std::string, Line>;

// Deliveries add up over documents; what is ordered, confirmed or planned is what the newest
// document says.
bool adds_up(pb::QuantityState state) {
  switch (state) {
    case pb::QUANTITY_STATE_SHIPPED:
    case pb::QUANTITY_STATE_RECEIVED:
    case pb::QUANTITY_STATE_SHORT:
    case pb::QUANTITY_STATE_OVER:
    case pb::QUANTITY_STATE_REJECTED:
      return true;
    default:
      return false;
  }
}

void note_quantity(Line& line, const pb::StatedQuantity& quantity, const std::string& party,
                   const std::string& document, std::int64_t at_ns) {
  const auto value = core::Decimal::parse(quantity.quantity().value().text());
  if (!value) return;
  const std::string unit = adds_up(quantity.state()) ? quantity.quantity().unit() : std::string{};
  Stated& stated = line.quantities[{quantity.state(), party, unit}];
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

void note_status(Line& line, const pb::OrderLine& by) {
  if (by.issued().epoch_ns() < line.status_ns) return;
  line.status = pb::LineStatus_Name(by.status()).substr(sizeof("LINE_STATUS_") - 1);
  line.reason = by.reason();
  line.status_ns = by.issued().epoch_ns();
}

void note_line(Line& line, const pb::OrderLine& order_line, const std::string& party) {
  const std::string document = order_line.document_type() + " " + order_line.document_id();
  const std::int64_t at_ns = order_line.issued().epoch_ns();
  line.documents.insert(document + " (" + party + ")");
  if (line.item.empty() && order_line.item().has_name()) line.item = order_line.item().name();
  if (order_line.has_status()) note_status(line, order_line);
  for (const auto& quantity : order_line.quantities()) {
    note_quantity(line, quantity, party, document, at_ns);
  }
}

core::Json strings(const std::set<std::string>& texts) {
  auto list = core::Json::array();
  for (const std::string& text : texts) list.push(core::Json::string(text));
  return list;
}

core::Json to_json(const std::string& number, const Line& line) {
  auto quantities = core::Json::array();
  for (const auto& [key, stated] : line.quantities) {
    const auto& [state, party, unit] = key;
    quantities.push(core::Json::object()
                        .set("state", core::Json::string(state_name(state)))
                        .set("value", core::Json::string(stated.value.canonical()))
                        .set("unit", core::Json::string(stated.unit))
                        .set("stated_by", core::Json::string(party))
                        .set("reason", core::Json::string(stated.reason))
                        .set("documents", strings(stated.documents)));
  }
  return core::Json::object()
      .set("line", core::Json::string(number))
      .set("item", core::Json::string(line.item))
      .set("status", core::Json::string(line.status))
      .set("reason", core::Json::string(line.reason))
      .set("quantities", std::move(quantities))
      .set("documents", strings(line.documents));
}

// The newest version of each record of each party.
std::vector<Said> newest(const std::vector<RecordRow>& rows, const core::Connector& self) {
  std::map<std::pair<std::string, std::string>, Said> said;
  for (const RecordRow& row : rows) {
    pb::Record record;
    if (!record.ParseFromString(row.bytes) || !record.has_order_line()) continue;
    const std::string party = row.from ? row.from->str() : self.str();
    Said& known = said[{party, record.header().key()}];
    if (!known.party.empty() && record.header().version() < known.version) continue;
    known = {record.order_line(), party, record.header().version()};
    if (record.header().lifecycle() == pb::LIFECYCLE_WITHDRAWN) known.line.Clear();
  }
  std::vector<Said> list;
  for (auto& [key, one] : said) {
    if (one.line.has_document_type()) list.push_back(std::move(one));
  }
  return list;
}

bool moves_goods(const pb::OrderLine& line) {
  return line.document_type() == "DespatchAdvice" || line.document_type() == "ReceiptAdvice";
}

std::string own_number(const pb::OrderLine& line) {
  const std::string& number = line.has_order_line_no() ? line.order_line_no() : line.line_no();
  return line.has_parent_line_no() ? line.parent_line_no() + "." + number : number;
}

// Order line numbers by each identifier of their item; "" where several lines share it.
std::map<std::string, std::string> numbers_by_item(const std::vector<Said>& said) {
  std::map<std::string, std::string> numbers;
  for (const Said& one : said) {
    if (moves_goods(one.line) && !one.line.has_order_line_no()) continue;
    const std::string number = own_number(one.line);
    for (const auto& id : one.line.item().ids()) {
      const auto [entry, added] = numbers.emplace(id.scheme() + ":" + id.value(), number);
      if (!added && entry->second != number) entry->second.clear();
    }
  }
  return numbers;
}

std::string number_of(const pb::OrderLine& line,
                      const std::map<std::string, std::string>& by_item) {
  if (!moves_goods(line) || line.has_order_line_no()) return own_number(line);
  for (const auto& id : line.item().ids()) {
    const auto found = by_item.find(id.scheme() + ":" + id.value());
    if (found != by_item.end() && !found->second.empty()) return found->second;
  }
  return own_number(line);
}

// What a document without lines says of the order holds for each of its lines. The cancellation
// of a fulfilment does not: what was ordered stays ordered.
void spread(const std::vector<Said>& said, Lines& lines) {
  for (const Said& one : said) {
    const bool whole = !one.line.has_line_no() && one.line.has_status();
    if (!whole || one.line.document_type() == "FulfilmentCancellation") continue;
    for (auto& [number, line] : lines) {
      if (!number.empty()) note_status(line, one.line);
    }
  }
}

Lines lines_of(const std::vector<Said>& said) {
  const auto by_item = numbers_by_item(said);
  Lines lines;
  for (const Said& one : said) note_line(lines[number_of(one.line, by_item)], one.line, one.party);
  spread(said, lines);
  return lines;
}

// What is said of the order of one buyer.
struct OfBuyer {
  OrderBuyer buyer;
  std::vector<Said> said;
};

std::vector<OfBuyer> by_buyer(std::vector<Said> said) {
  std::vector<const pb::Party*> parties;
  for (const Said& one : said) parties.push_back(&one.line.buyer());
  OrderBuyers buyers = tell_buyers_apart(parties);
  std::vector<OfBuyer> orders(buyers.all.size());
  for (std::size_t i = 0; i < orders.size(); ++i) orders[i].buyer = std::move(buyers.all[i]);
  for (std::size_t i = 0; i < said.size(); ++i) {
    orders[buyers.of[i]].said.push_back(std::move(said[i]));
  }
  return orders;
}

core::Json to_json(const OfBuyer& order) {
  std::set<std::string> stated_by;
  for (const Said& one : order.said) stated_by.insert(one.party);
  return core::Json::object()
      .set("buyer", core::Json::string(order.buyer.label()))
      .set("names", strings(order.buyer.names))
      .set("ids", strings(order.buyer.ids))
      .set("stated_by", strings(stated_by));
}

std::string labels(const std::vector<OfBuyer>& orders) {
  std::string all;
  for (const OfBuyer& one : orders) all += (all.empty() ? "" : ", ") + one.buyer.label();
  return all;
}

core::Error not_found(const OrderQuestion& asked, const std::string& known) {
  if (known.empty()) {
    return core::Error{core::Code::kNotFound,
                       "ORDER_NOT_FOUND",
                       "no record names order '" + asked.number + "'",
                       "import it, or fetch it from the partner",
                       {}};
  }
  return core::Error{core::Code::kNotFound,
                     "ORDER_NOT_FOUND",
                     "no record names order '" + asked.number + "' of buyer '" + asked.buyer + "'",
                     "buyers of that number: " + known,
                     {}};
}

}  // namespace

core::Result<core::Json> show_order(const Archive& archive, const core::Connector& self,
                                    const OrderQuestion& asked, std::vector<RecordRow> used) {
  RecordQuery query;
  query.order_number = asked.number;
  query.kinds = {pb::KIND_ORDER_LINE};
  query.limit = 10'000;
  auto rows = archive.query(query);
  if (!rows) return std::move(rows.error());
  std::move(used.begin(), used.end(), std::back_inserter(*rows));
  return join_order(*rows, self, asked);
}

core::Result<core::Json> join_order(const std::vector<RecordRow>& rows, const core::Connector& self,
                                    const OrderQuestion& asked) {
  std::vector<OfBuyer> orders = by_buyer(newest(rows, self));
  const std::string known = labels(orders);
  if (!asked.buyer.empty()) {
    std::erase_if(orders, [&](const OfBuyer& one) { return !one.buyer.is(asked.buyer); });
  }
  if (orders.empty()) return not_found(asked, known);
  auto buyers = core::Json::array();
  auto list = core::Json::array();
  for (const OfBuyer& one : orders) {
    buyers.push(to_json(one));
    const Lines lines = lines_of(one.said);
    for (const auto& [number, line] : lines) {
      list.push(to_json(number, line).set("buyer", core::Json::string(one.buyer.label())));
    }
  }
  return core::Json::object()
      .set("order", core::Json::string(asked.number))
      .set("buyers", std::move(buyers))
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
