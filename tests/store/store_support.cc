#include "store_support.h"

#include <future>

#include "evidence/merkle.h"

namespace connector::testing {

store::StoreOptions options_in(const std::filesystem::path& folder) {
  store::StoreOptions options;
  options.file = folder / "store.db";
  options.ballast_bytes = 1 << 20;
  return options;
}

std::unique_ptr<store::Store> open_store(const store::StoreOptions& options) {
  auto opened = store::Store::open(options);
  if (!opened) throw std::runtime_error(opened.error().reason + ": " + opened.error().message);
  return std::move(*opened);
}

core::Result<exchange::LogSpan> append(store::Store& store, exchange::Commit commit) {
  auto promise = std::make_shared<std::promise<core::Result<exchange::LogSpan>>>();
  auto future = promise->get_future();
  store.log().append(std::move(commit), [promise](core::Result<exchange::LogSpan> span) {
    promise->set_value(std::move(span));
  });
  return future.get();
}

exchange::Commit entry(std::string bytes) {
  exchange::Commit commit;
  commit.entries.push_back(std::move(bytes));
  return commit;
}

exchange::Commit effect(exchange::Effect effect) {
  exchange::Commit commit;
  commit.effects.push_back(std::move(effect));
  return commit;
}

std::string reason_of(const core::Result<exchange::LogSpan>& result) {
  return result ? "" : result.error().reason;
}

core::Digest recomputed_root(const exchange::Log& log) {
  evidence::Frontier frontier;
  std::vector<evidence::Frontier::Node> completed;
  for (std::uint64_t i = 0; i < log.size(); ++i) {
    frontier.append(evidence::leaf_hash(log.entry(i).value()), completed);
  }
  return log.size() == 0 ? evidence::empty_root() : frontier.root();
}

exchange::Partner partner(const core::Connector& id) {
  exchange::Partner partner;
  partner.id = id;
  partner.name = "A \"quoted\" name";
  partner.addresses = {"192.0.2.7:7443", "192.0.2.8:7443"};
  partner.anchor_pem = "-----BEGIN CERTIFICATE-----\n";
  partner.keys = {{core::KeyId("0011223344556677"), std::string("\0\xFF key", 6), 10, 20}};
  partner.log_key = "log+1234+key";
  partner.introduction_sequence = 3;
  partner.introduction_digest = "abcd";
  partner.introduction = "{\"payload\":\"e30=\"}";
  return partner;
}

pb::Record order_line(const std::string& number, int line, const std::string& note) {
  pb::Record record;
  record.mutable_header()->set_kind(pb::KIND_ORDER_LINE);
  record.mutable_header()->set_key("order/" + number + "/" + std::to_string(line));
  record.mutable_header()->set_lifecycle(pb::LIFECYCLE_ACTIVE);
  record.mutable_order_line()->set_order_number(number);
  record.mutable_order_line()->set_line_no(std::to_string(line));
  record.mutable_order_line()->mutable_issued()->set_epoch_ns(line * 1000);
  record.mutable_order_line()->mutable_item()->add_item_keys(
      std::string(16, static_cast<char>(line)));
  if (!note.empty()) record.mutable_order_line()->add_notes(note);
  return record;
}

pb::Record event(const std::string& id, std::int64_t at_ns, const std::string& item_key) {
  pb::Record record;
  record.mutable_header()->set_kind(pb::KIND_EVENT);
  record.mutable_header()->set_key("event/" + id);
  record.mutable_header()->set_lifecycle(pb::LIFECYCLE_ACTIVE);
  record.mutable_event()->mutable_event_time()->set_epoch_ns(at_ns);
  record.mutable_event()->add_items()->add_item_keys(item_key);
  record.mutable_event()->add_output_quantities()->add_item_keys(item_key);
  return record;
}

core::Result<exchange::Imported> import(store::Store& store, const Source& source,
                                        std::vector<pb::Record> records) {
  exchange::ImportItem item{.dataset = source.dataset,
                            .original = source.original,
                            .sha256 = core::sha256(source.original),
                            .document = {},
                            .name = source.original + ".xml"};
  item.document.outcome = record::Outcome::kRead;
  item.document.format = {"UBL", "2.1", "Order"};
  item.document.document_key = source.document_key;
  item.document.version = source.version;
  item.document.records = std::move(records);
  return store.archive().import(item);
}

std::vector<std::string> Read::keys() const {
  std::vector<std::string> keys;
  for (const pb::Record& record : records) {
    keys.push_back(record.header().key() + " v" + std::to_string(record.header().version()));
  }
  return keys;
}

Read read_all(store::Store& store, const Wanted& wanted) {
  Read read;
  exchange::ReadRange range{kOrders, wanted.after, wanted.bound, wanted.max_records};
  range.changed_since = wanted.changed_since;
  if (range.bound == 0) range.bound = store.records().last_sequence(kOrders).value();
  for (;;) {
    if (++read.calls > 100'000) throw std::runtime_error("reading does not end");
    std::size_t shown = 0;
    const auto end = store.records().read(range, wanted.selection, [&](const auto& row) {
      range.after = row.sequence;
      read.sequences.push_back(row.sequence);
      read.wholly_known.push_back(row.wholly_known);
      read.bytes.emplace_back(row.bytes);
      read.digests.emplace_back(row.digest);
      if (!read.records.emplace_back().ParseFromString(std::string(row.bytes)) ||
          !read.judged.emplace_back().ParseFromString(std::string(row.judged))) {
        throw std::runtime_error("a row does not parse");
      }
      return ++shown < wanted.enough;
    });
    if (!end) throw std::runtime_error(end.error().message);
    if (*end) return read;
  }
}

}  // namespace connector::testing
