#include "two_connectors.h"

#include <future>

#include "core/limits.h"
#include "evidence/log_entry.h"

namespace connector::testing {
namespace {

// The records of a batch as they travel: 0x0A, varint length, bytes.
std::vector<std::string_view> unframed(std::string_view framed) {
  std::vector<std::string_view> records;
  while (!framed.empty()) {
    std::size_t size = 0;
    std::size_t at = 1;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(framed[at++]);
      size |= static_cast<std::size_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    records.push_back(framed.substr(at, size));
    framed.remove_prefix(at + size);
  }
  return records;
}

// Authentic and opaque enough for a test: a digest under a secret, and the text.
std::string mark(std::string_view text) {
  return std::string(core::view(core::sha256("the provider's secret\n" + std::string(text))));
}

}  // namespace

core::Result<StreamPart> next_part(FetchStream& stream) {
  auto promise = std::make_shared<std::promise<core::Result<StreamPart>>>();
  auto answer = promise->get_future();
  stream.next([promise](core::Result<StreamPart> part) { promise->set_value(std::move(part)); });
  if (answer.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
    return core::internal("no answer in 20 s");
  }
  return answer.get();
}

core::Result<SignedEnvelope> Wire::fetch(
    const Partner&, const SignedEnvelope& request,
    const std::function<core::Status(const ReceivedBatch&)>& on_batch) {
  last_request = request;
  auto stream = serving_.fetch(caller_, request);
  for (std::uint64_t passed = 0;;) {
    auto part = next_part(*stream);
    if (!part) return std::move(part.error());
    if (auto* receipt = std::get_if<SignedEnvelope>(&*part)) {
      if (lose_receipt) return core::unavailable("PARTNER_UNREACHABLE", "broken by the test");
      if (bend_receipt) bend_receipt(*receipt);
      return std::move(*receipt);
    }
    auto& served = std::get<ServedBatch>(*part);
    ReceivedBatch batch{unframed(served.framed_records),
                        served.index,
                        served.chain_head,
                        served.head,
                        served.position,
                        *served.masked};
    if (bend_batch) bend_batch(batch);
    if (auto taken = on_batch(batch); !taken) {
      stream->cancel();
      return std::move(taken.error());
    }
    if (++passed == break_after) {
      stream->cancel();
      return core::unavailable("PARTNER_UNREACHABLE", "broken by the test");
    }
    if (after_batch) after_batch(passed);
  }
}

core::Result<std::string> Wire::acknowledge(const Partner&, const SignedEnvelope& said) {
  if (lose_acknowledgement) return core::unavailable("PARTNER_UNREACHABLE", "lost by the test");
  auto promise = std::make_shared<std::promise<core::Result<std::string>>>();
  auto answer = promise->get_future();
  serving_.acknowledge(caller_, said, [promise](core::Result<std::string> checkpoint) {
    promise->set_value(std::move(checkpoint));
  });
  return answer.get();
}

std::string reason_of(const core::Result<Fetched>& fetched) {
  return fetched ? "fetched" : fetched.error().reason;
}
std::string reason_of(const core::Result<StreamPart>& part) {
  if (!part) return part.error().reason;
  return std::holds_alternative<ServedBatch>(*part) ? "batch" : "receipt";
}

DatasetInfo dataset(const std::string& id, std::vector<std::string> kinds) {
  DatasetInfo info;
  info.id = core::DatasetId(id);
  info.title = id;
  info.kinds = std::move(kinds);
  return info;
}

TwoConnectors::TwoConnectors() {
  datasets = {dataset("orders", {"order_line"})};
  provider_side.partners.put(consumer_side.as_partner());
  consumer_side.partners.put(provider_side.as_partner());
  for (Side* side : {&provider_side, &consumer_side}) {
    side->log.know([side](const core::Connector& id) {
      const auto partner = side->partners.find(id);
      return partner ? partner->introduction_digest : std::string();
    });
  }
  provider = std::make_unique<Provider>(provider_ports());
  wire = std::make_unique<Wire>(*provider, veldkamp());
  consumer = std::make_unique<Consumer>(consumer_ports());
}

// Different on each draw, the same in each run.
std::string TwoConnectors::draw(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += core::view(core::sha256(std::to_string(++drawn)));
  return out.substr(0, bytes);
}

ProviderPorts TwoConnectors::provider_ports() {
  const auto open = [](std::string_view token) -> core::Result<std::string> {
    if (token.size() < 32 || mark(token.substr(32)) != token.substr(0, 32)) {
      return core::invalid("POSITION_INVALID", "not ours");
    }
    return std::string(token.substr(32));
  };
  return {.self = brink(),
          .software = "connector/test",
          .clock = [this] { return now.load(); },
          .random = [this](std::size_t bytes) { return draw(bytes); },
          .run = [](const std::function<void()>& work) { work(); },
          .partners = provider_side.partners,
          .records = records,
          .log = provider_side.log,
          .accounts = provider_side.log,
          .decisions = policy,
          .signer = provider_side.signer,
          .verify = verify_signature,
          .hash =
              [](const core::ParticipantId& who) {
                return [who](std::string_view value) {
                  return core::sha256(who.str() + "\n" + std::string(value));
                };
              },
          .sealer = {[](std::string_view text) { return mark(text) + std::string(text); }, open},
          .datasets = [this] { return std::make_shared<const std::vector<DatasetInfo>>(datasets); },
          .checkpoint = [this] { return provider_side.checkpoint(); },
          .keys = [this] { return provider_side.as_partner().keys; },
          .log_key = provider_side.log_key_text(),
          .released = [](const core::Connector&, std::uint64_t) { return core::ok(); },
          .introduction = [] { return core::Result<SignedEnvelope>(core::internal("none")); },
          .accept_introduction =
              [](const core::Connector&, const SignedEnvelope&) {
                return core::Status(core::internal("not asked here"));
              },
          .max_unacknowledged = 2,
          .agreements =
              [this](const std::string& id) -> core::Result<std::shared_ptr<const KeptAgreement>> {
            for (const KeptAgreement& one : provider_side.agreements) {
              if (one.terms.id == id) return std::make_shared<const KeptAgreement>(one);
            }
            return std::shared_ptr<const KeptAgreement>();
          },
          .offers = [] { return std::make_shared<const OfferTable>(); }};
}

ConsumerPorts TwoConnectors::consumer_ports() {
  return {.self = veldkamp(),
          .clock = [this] { return now.load(); },
          .random = [this](std::size_t bytes) { return draw(bytes); },
          .partners = consumer_side.partners,
          .client = *wire,
          .log = consumer_side.log,
          .accounts = consumer_side.log,
          .signer = consumer_side.signer,
          .verify = verify_signature,
          .checkpoint = [this] { return consumer_side.checkpoint(); },
          .open_checkpoint = open_note,
          .seal = [](const std::string&, const ReceivedPart&) { return std::vector<Effect>(); }};
}

core::Result<Fetched> TwoConnectors::fetch(const std::string& resume, const std::string& since,
                                           const std::string& agreement) {
  const std::string seen = consumer_side.log.checkpoint_of(brink());
  if (!seen.empty()) consumer_side.partners.set_checkpoint(brink(), seen);
  auto fetched = consumer->fetch({.partner = brink(),
                                  .dataset = core::DatasetId("orders"),
                                  .purpose = core::Purpose("order-tracking"),
                                  .selection = {},
                                  .changed_since = since,
                                  .resume = resume,
                                  .agreement = agreement});
  provider_side.log.settle();
  consumer_side.log.settle();
  return fetched;
}

void TwoConnectors::rotate_keys() {
  for (Side* side : {&provider_side, &consumer_side}) side->rotate(now / 1'000'000'000);
  now += 10'000'000'000;
  provider_side.partners.put(consumer_side.as_partner());
  consumer_side.partners.put(provider_side.as_partner());
  if (!introduced_) return;
  for (auto [side, other] :
       {std::pair(&provider_side, &consumer_side), std::pair(&consumer_side, &provider_side)}) {
    side->log_introduction(evidence::kKeyRotated, *side);
    side->log_introduction(evidence::kPartnerIntroduced, *other);
  }
}

void TwoConnectors::introduce() {
  introduced_ = true;
  for (auto [side, other] :
       {std::pair(&provider_side, &consumer_side), std::pair(&consumer_side, &provider_side)}) {
    side->log_introduction(evidence::kSelfIntroduced, *side);
    side->log_introduction(evidence::kPartnerAdded, *other);
  }
}

core::Status TwoConnectors::export_side(const Side& side, const ExportSink& sink) const {
  const auto note = side.checkpoint();
  if (!note) return note.error();
  AuditKeys keys{side.self, {}, side.statements, side.agreements};
  for (const Side* one : {&provider_side, &consumer_side}) {
    for (const evidence::Envelope& envelope : one->introductions) {
      keys.introductions.push_back(evidence::to_json_text(envelope));
    }
  }
  return export_log(side.log, side.log, *note, keys, sink);
}

void TwoConnectors::add_orders(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    valuechain::record::v1::Record record;
    record.mutable_header()->set_kind(valuechain::record::v1::KIND_ORDER_LINE);
    record.mutable_order_line()->set_order_number("order " + std::to_string(i));
    record.mutable_order_line()->set_description("a line of it");
    records.add(record.SerializeAsString());
  }
}

std::vector<std::string> TwoConnectors::told(const MemoryLog& log) {
  std::vector<std::string> told;
  for (const std::string& bytes : log.entries()) {
    const auto entry = evidence::read_log_entry(bytes);
    if (!entry) {
      told.push_back("unreadable: " + entry.error().message);
      continue;
    }
    std::string line = entry->kind;
    if (!entry->outcome.empty() && entry->outcome != "refused") line += " " + entry->outcome;
    if (!entry->reason.empty()) line += " " + entry->reason;
    told.push_back(std::move(line));
  }
  return told;
}

SignedEnvelope TwoConnectors::request(const std::function<void(FetchOrder&)>& change) const {
  FetchOrder order;
  order.request_id = "00000000-0000-4000-8000-000000000001";
  order.audience = brink();
  order.issued_s = now / 1'000'000'000;
  order.dataset = core::DatasetId("orders");
  order.purpose = core::Purpose("order-tracking");
  if (change) change(order);
  return sign_request(order, veldkamp(), consumer_side.signer);
}

core::Result<StreamPart> TwoConnectors::first_answer(SignedEnvelope asked) {
  auto answer = next_part(*provider->fetch({veldkamp(), {}}, std::move(asked)));
  provider_side.log.settle();
  return answer;
}

}  // namespace connector::testing
