#include <algorithm>

#include "exchange/importing.h"
#include "exchange/orders.h"
#include "record/identifier.h"
#include "site/context.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::site {
namespace {

using core::Json;
namespace pb = valuechain::record::v1;

constexpr std::size_t kListMax = 1000;

std::uint64_t number_at(const Json& args, const char* key, std::uint64_t fallback) {
  const Json* value = args.find(key);
  return value ? value->as_uint64().value_or(fallback) : fallback;
}

core::Result<exchange::DatasetInfo> dataset(const Context& context, const std::string& id) {
  std::vector<std::string> names;
  for (const DatasetConfig& one : context.config().datasets) {
    if (one.info.id.str() == id) return one.info;
    names.push_back(one.info.id.str());
  }
  std::string known;
  for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
  return core::Error{core::Code::kNotFound,
                     "DATASET_NOT_FOUND",
                     "no dataset '" + id + "' is configured",
                     "configured: " + known,
                     {}};
}

core::Result<Json> import(const Context& context, const admin::Call& call) {
  auto info = dataset(context, call.args.text_at("dataset"));
  if (!info) return std::move(info.error());
  exchange::ImportOptions options;
  options.dataset = info->id;
  const auto flag = [&](const char* key) {
    const Json* value = call.args.find(key);
    return value && value->as_bool();
  };
  options.lenient = flag("lenient");
  options.dry_run = flag("dry_run");
  return exchange::to_json(exchange::import_document(
      &context.archive, *info, call.args.text_at("path"), call.body, options));
}

core::Result<int> kind_of(const std::string& name) {
  std::string upper = "KIND_" + name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  pb::Kind kind = pb::KIND_UNSPECIFIED;
  if (!pb::Kind_Parse(upper, &kind)) {
    return core::invalid("KIND_UNKNOWN", "no kind of record is called '" + name + "'",
                         "order_line, event, measurement, characteristic, study, item, edge");
  }
  return static_cast<int>(kind);
}

std::string kind_text(const std::string& bytes) {
  pb::Record record;
  if (!record.ParseFromString(bytes)) return "?";
  return std::string(record::kind_name(record.header().kind()));
}

std::string key_text(const std::string& bytes) {
  pb::Record record;
  return record.ParseFromString(bytes) ? record.header().key() : "?";
}

core::Result<Json> list(const Context& context, const admin::Call& call) {
  exchange::RecordQuery query;
  if (!call.args.text_at("dataset").empty()) {
    query.dataset = core::DatasetId(call.args.text_at("dataset"));
  }
  if (!call.args.text_at("order").empty()) query.order_number = call.args.text_at("order");
  if (!call.args.text_at("kind").empty()) {
    auto kind = kind_of(call.args.text_at("kind"));
    if (!kind) return std::move(kind.error());
    query.kinds = {*kind};
  }
  const Json* received = call.args.find("received");
  query.own = !(received && received->as_bool());
  query.after = number_at(call.args, "after", 0);
  query.limit = std::min<std::size_t>(number_at(call.args, "limit", 50), kListMax);
  auto rows = context.archive.query(query);
  if (!rows) return std::move(rows.error());
  Json records = Json::array();
  for (const auto& row : *rows) {
    records.push(Json::object()
                     .set("dataset", Json::string(row.dataset.str()))
                     .set("sequence", Json::string(std::to_string(row.sequence)))
                     .set("kind", Json::string(kind_text(row.bytes)))
                     .set("key", Json::string(key_text(row.bytes)))
                     .set("stated_by", Json::string((row.from ? *row.from : context.self()).str()))
                     .set("receipt", Json::string(row.account)));
  }
  return Json::object().set("records", std::move(records));
}

core::Result<Json> received(const Context& context, const admin::Call& call) {
  exchange::RecordQuery query;
  query.own = false;
  query.account = call.args.text_at("account");
  query.after = number_at(call.args, "after", 0);
  query.limit = kListMax;
  auto rows = context.archive.query(query);
  if (!rows) return std::move(rows.error());
  Json records = Json::array();
  for (const auto& row : *rows) {
    auto json = exchange::record_to_json(row, context.self());
    if (!json) return std::move(json.error());
    records.push(std::move(*json));
  }
  return Json::object().set("records", std::move(records));
}

core::Result<Json> show(const Context& context, const admin::Call& call) {
  exchange::RecordQuery query;
  query.key = call.args.text_at("key");
  auto rows = context.archive.query(query);
  if (!rows) return std::move(rows.error());
  if (rows->empty()) {
    return core::Error{core::Code::kNotFound,
                       "RECORD_NOT_FOUND",
                       "no record with key or content id '" + *query.key + "'",
                       "see: connector records list",
                       {}};
  }
  Json records = Json::array();
  for (const auto& row : *rows) {
    auto json = exchange::record_to_json(row, context.self());
    if (!json) return std::move(json.error());
    records.push(std::move(*json));
  }
  return Json::object().set("records", std::move(records));
}

core::Result<Json> withdraw(const Context& context, const admin::Call& call) {
  const core::DatasetId id(call.args.text_at("dataset"));
  const std::string key = call.args.text_at("key");
  auto count = context.archive.withdraw(id, key, call.args.text_at("reason"), context.clock());
  if (!count) return std::move(count.error());
  if (*count == 0) {
    return core::Error{core::Code::kNotFound,
                       "RECORD_NOT_FOUND",
                       "no active record '" + key + "' in dataset '" + id.str() + "'",
                       "see: connector records list --dataset " + id.str(),
                       {}};
  }
  auto logged = context.change({.kind = "record.withdrawn",
                                .self = context.self(),
                                .partner = {},
                                .subject = id.str() + "/" + core::hex(core::sha256(key)),
                                .detail = call.args.text_at("reason"),
                                .uid = call.uid},
                               {});
  if (!logged) return std::move(logged.error());
  return Json::object()
      .set("withdrawn", Json::integer(static_cast<std::int64_t>(*count)))
      .set("key", Json::string(key));
}

core::Result<Json> datasets(const Context& context, const std::string& only) {
  Json list = Json::array();
  for (const DatasetConfig& one : context.config().datasets) {
    if (!only.empty() && one.info.id.str() != only) continue;
    const auto last = context.records.last_sequence(one.info.id);
    Json kinds = Json::array();
    for (const auto& kind : one.info.kinds) kinds.push(Json::string(kind));
    Json labels = Json::array();
    for (const auto& label : one.info.labels) labels.push(Json::string(label));
    list.push(Json::object()
                  .set("id", Json::string(one.info.id.str()))
                  .set("title", Json::string(one.info.title))
                  .set("kinds", std::move(kinds))
                  .set("labels", std::move(labels))
                  .set("records", Json::string(last ? std::to_string(*last) : "?"))
                  .set("drop", Json::string(one.drop)));
  }
  if (list.items().empty()) {
    auto missing = dataset(context, only);
    return std::move(missing.error());
  }
  return Json::object().set("datasets", std::move(list));
}

Json to_json(const exchange::Fetched& fetched) {
  static const char* const kOperations[] = {"drop", "replace", "hash", "truncate", "round"};
  Json masked = Json::array();
  for (const auto& rule : fetched.masked) {
    masked.push(Json::object()
                    .set("path", Json::string(rule.path))
                    .set("operation", Json::string(kOperations[static_cast<int>(rule.op)])));
  }
  const exchange::AccountFacts& receipt = fetched.receipt;
  return Json::object()
      .set("request_id", Json::string(receipt.first_request))
      .set("records", Json::string(std::to_string(receipt.records)))
      .set("batches", Json::string(std::to_string(receipt.batches)))
      .set("bytes", Json::string(std::to_string(receipt.bytes)))
      .set("receipt_digest", Json::string(core::hex(core::sha256(fetched.envelope.payload))))
      .set("revision", Json::string(receipt.revision.str()))
      .set("decision_id", Json::string(receipt.decision_id))
      .set("position", Json::string(core::base64(receipt.position)))
      .set("account", Json::string(fetched.account))
      .set("acknowledged", Json::boolean(fetched.acknowledged))
      .set("warning", Json::string(fetched.warning))
      .set("masked", std::move(masked));
}

core::Result<Json> fetch(const Context& context, const admin::Call& call) {
  auto partner = find_partner(context.partners, call.args.text_at("partner"));
  if (!partner) return std::move(partner.error());
  exchange::Want want;
  want.partner = partner->id;
  want.dataset = core::DatasetId(call.args.text_at("dataset"));
  want.purpose = core::Purpose(call.args.text_at("purpose"));
  want.agreement = call.args.text_at("agreement");
  want.resume = call.args.text_at("resume");
  if (!call.args.text_at("changed_since").empty()) {
    auto position = core::from_base64(call.args.text_at("changed_since"));
    if (!position) return std::move(position.error());
    want.changed_since = std::move(*position);
  }
  if (auto read = read_selection(call.args, want.selection); !read) return std::move(read.error());
  if (want.agreement.empty()) {
    auto held = agreement_for(context, partner->id, want.dataset.str(), want.purpose.str());
    if (!held) return std::move(held.error());
    want.agreement = std::move(*held);
  }
  // Into the vault, and from there by a use alone.
  if (!want.agreement.empty() && !call.args.text_at("out").empty()) {
    return core::invalid(
        "ARGUMENT_INVALID", "what is received under an agreement is not written out by its fetch",
        "fetch without --out, then: connector use --agreement " + want.agreement + " --purpose " +
            want.purpose.str() + " --out " + call.args.text_at("out"));
  }
  // A newer key or address of ours must be known there first. If that fails, the fetch says why.
  if (auto told = introduce_to(context, *partner);
      !told && told.error().code == core::Code::kInternal) {
    return std::move(told.error());
  }
  auto fetched = context.consumer.fetch(want, [&](const exchange::Progress& progress) {
    if (!call.progress) return;
    call.progress(Json::object()
                      .set("records", Json::string(std::to_string(progress.records)))
                      .set("bytes", Json::string(std::to_string(progress.bytes))));
  });
  if (!fetched) return std::move(fetched.error());
  return to_json(*fetched);
}

}  // namespace

core::Status read_selection(const Json& args, exchange::Selection& selection) {
  const auto texts = [&](const char* key) {
    std::vector<std::string> values;
    if (const Json* list = args.find(key)) {
      for (const Json& item : list->items()) values.push_back(item.text());
    }
    return values;
  };
  for (const std::string& name : texts("kinds")) {
    auto kind = kind_of(name);
    if (!kind) return std::move(kind.error());
    selection.kinds.push_back(*kind);
  }
  selection.order_numbers = texts("orders");
  for (const std::string& item : texts("items")) {
    const auto bytes = core::from_hex(item);
    if (bytes && bytes->size() == 16) {
      selection.item_keys.push_back(*bytes);
      continue;
    }
    const pb::ItemRef ref = record::item_from_epc(item);
    if (ref.item_keys().empty()) {
      return core::invalid("ITEM_INVALID", "'" + item + "' is no item identifier",
                           "give an EPC URN, a GS1 Digital Link, or an item key of 32 hex digits");
    }
    selection.item_keys.insert(selection.item_keys.end(), ref.item_keys().begin(),
                               ref.item_keys().end());
  }
  for (auto [key, target] :
       {std::pair{"from", &selection.event_from}, std::pair{"to", &selection.event_to}}) {
    if (args.text_at(key).empty()) continue;
    auto instant = core::parse_instant(args.text_at(key));
    if (!instant) return std::move(instant.error());
    *target = instant->epoch_ns;
  }
  return core::ok();
}

void add_record_operations(const Context& context, admin::Operations& operations) {
  operations["import"] = [context](const admin::Call& call) { return import(context, call); };
  operations["records.list"] = [context](const admin::Call& call) { return list(context, call); };
  operations["records.show"] = [context](const admin::Call& call) { return show(context, call); };
  operations["records.received"] = [context](const admin::Call& call) {
    return received(context, call);
  };
  operations["records.withdraw"] = [context](const admin::Call& call) {
    return withdraw(context, call);
  };
  operations["orders.show"] = [context](const admin::Call& call) -> core::Result<Json> {
    auto used = used_for_order(context, call);
    if (!used) return std::move(used.error());
    return exchange::show_order(context.archive, context.self(),
                                {call.args.text_at("order"), call.args.text_at("buyer")},
                                std::move(*used));
  };
  operations["dataset.list"] = [context](const admin::Call&) { return datasets(context, {}); };
  operations["dataset.show"] = [context](const admin::Call& call) {
    return datasets(context, call.args.text_at("dataset"));
  };
  operations["fetch"] = [context](const admin::Call& call) { return fetch(context, call); };
}

}  // namespace connector::site
