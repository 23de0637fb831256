#include "offices.h"

#include <gtest/gtest.h>

#include <thread>

#include "contract/offer.h"
#include "crypto/signing_key.h"

namespace connector::testing {
namespace {

using core::Json;

core::EpochNs now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// The answer of one that is asked with a callback.
template <typename T>
struct Waiting {
  std::shared_ptr<std::promise<core::Result<T>>> promise =
      std::make_shared<std::promise<core::Result<T>>>();
  std::function<void(core::Result<T>)> done() {
    return [promise = promise](core::Result<T> result) { promise->set_value(std::move(result)); };
  }
  core::Result<T> wait() {
    auto future = promise->get_future();
    if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
      return core::unavailable("PARTNER_UNREACHABLE", "no answer in time");
    }
    return future.get();
  }
};

}  // namespace

core::Error power_cut() {
  return core::unavailable("PARTNER_UNREACHABLE", "the power is off");
}

void PoweredLog::append(Commit commit, std::function<void(core::Result<LogSpan>)> done) {
  if (!power_.step()) return done(power_cut());
  log_.append(std::move(commit), [this, done = std::move(done)](core::Result<LogSpan> span) {
    if (!power_.step()) return done(power_cut());
    done(std::move(span));
  });
}

core::Result<Weighed> SaidPolicy::weigh(const NegotiationQuestion& question) {
  const bool provider = question.role == contract::Role::kProvider;
  const auto verdict = !provider ? received : question.changed.empty() ? unchanged : changed;
  return Weighed{verdict, "as the test says", core::Revision("revision-1")};
}

core::Result<OfferPage> Line::list_offers(const Partner&, const OfferQuery& query) {
  return to->contracting().list_offers({from_.id, {}}, query);
}

// Lost on the way there, or on the way back.
core::Result<NegotiationAnswer> Line::negotiate(const Partner&, const SignedEnvelope& message,
                                                const std::optional<AgreementParts>& agreement) {
  ++calls;
  if (!from_.power.step() || to->power.off()) return power_cut();
  Waiting<NegotiationAnswer> waiting;
  to->contracting().negotiate({from_.id, {}}, message, agreement, waiting.done());
  auto answer = waiting.wait();
  if (!from_.power.step() || to->power.off()) return power_cut();
  return answer;
}

core::Result<std::string> Line::end_agreement(const Partner&, const SignedEnvelope& end) {
  ++calls;
  if (!from_.power.step() || to->power.off()) return power_cut();
  Waiting<std::string> waiting;
  to->contracting().end_agreement({from_.id, {}}, end, waiting.done());
  return waiting.wait();
}

Office::Office(core::Connector self, std::size_t key)
    : id(std::move(self)), signer(KnownKey::rfc8032(key)) {}

void Office::open() {
  store::StoreOptions options;
  options.file = folder_.path() / "store.db";
  options.ballast_bytes = 1u << 20;
  auto opened = store::Store::open(options);
  if (!opened) throw std::runtime_error(opened.error().message);
  store_ = std::move(*opened);
  log_ = std::make_unique<PoweredLog>(store_->log(), power);
  deadlines_ = std::make_unique<site::Deadlines>();
  work_ = std::make_unique<site::Pool>(2);
  calls_ = std::make_unique<site::Pool>(2);
  contracting_ = std::make_unique<Contracting>(ContractingPorts{
      .self = id,
      .clock = now_ns,
      .random = crypto::random_bytes,
      .run = [this](std::function<void()> work) { work_->run(std::move(work)); },
      .call = [this](std::function<void()> work) { calls_->run(std::move(work)); },
      .partners = store_->partners(),
      .contracts = store_->contracts(),
      .log = *log_,
      .signer = signer,
      .verify = crypto::verify_ed25519,
      .sealer = crypto::make_sealer(std::string(32, 'k')),
      .offers = [this] { return offers_; },
      .datasets = [](const core::Connector&) -> core::Result<std::vector<DatasetInfo>> {
        DatasetInfo info;
        info.id = core::DatasetId("quality-y");
        info.kinds = {"measurement"};
        return std::vector<DatasetInfo>{info};
      },
      .point = policy,
      .client = line,
      .schedule = *deadlines_,
      .checkpoint = []() -> core::Result<std::string> { return std::string("note"); },
      .changed = {},
      .person_time = person_time});
}

void Office::close() {
  if (deadlines_) deadlines_->stop();
  calls_.reset();
  work_.reset();
  contracting_.reset();
  deadlines_.reset();
  log_.reset();
  store_.reset();
}

void Office::meet(Office& other) {
  Partner partner;
  partner.id = other.id;
  partner.addresses = {"127.0.0.1:1"};
  partner.keys = {other.signer.introduced()};
  partner.introduction_digest = std::string(64, 'a');
  Waiting<LogSpan> waiting;
  store_->log().append({.entries = {}, .effects = {PutPartner{partner}}, .on_behalf_of = {}},
                       waiting.done());
  if (!waiting.wait()) throw std::runtime_error("the partner was not kept");
  line.to = &other;
}

void Office::offer(std::vector<contract::Offer> offers) {
  offers_ = std::make_shared<const OfferTable>(core::Revision("revision-1"), std::move(offers),
                                               StatedFacts{});
}

OfferItem Office::catalogued(const std::string& offer, Office& at) {
  OfferQuery query;
  query.offer = offer;
  auto page = at.contracting().list_offers({id, {}}, query);
  if (!page || page->offers.size() != 1) throw std::runtime_error("the offer is not catalogued");
  return page->offers.front();
}

contract::Offer quality_offer(const std::string& uses) {
  Json form = Json::object();
  form.set("version", Json::string("1"))
      .set("title", Json::string("Quality data of project Y"))
      .set("datasets", Json::array({Json::string("quality-*")}))
      .set("participants", Json::array({Json::string(maker().participant.str())}))
      .set("purposes", Json::array({Json::string("complaint-handling")}))
      .set("uses", Json::string(uses));
  auto offer = contract::read_offer("quality", form);
  if (!offer) throw std::runtime_error(offer.error().message);
  return *offer;
}

contract::Policy with_uses(const OfferItem& item, const std::string& uses) {
  auto policy = *contract::from_json(*core::parse_untrusted(item.policy));
  for (auto& constraint : policy.permissions.at(0).constraints) {
    if (constraint.left == "count") constraint.right.at(0).text = uses;
  }
  return policy;
}

TwoOffices::TwoOffices() {
  provider.open();
  consumer.open();
  provider.meet(consumer);
  consumer.meet(provider);
  provider.offer({quality_offer()});
}

core::Result<Negotiation> TwoOffices::ask(std::optional<contract::Policy> terms, bool any_terms,
                                          bool anew) {
  return consumer.contracting().ask({supplier(), consumer.catalogued("quality", provider),
                                     std::move(terms), any_terms, anew, -1});
}

void TwoOffices::restart() {
  for (Office* office : {&provider, &consumer}) office->close();
  for (Office* office : {&provider, &consumer}) {
    office->power.on();
    office->open();
  }
  for (Office* office : {&provider, &consumer}) {
    const auto resumed = office->contracting().resume();
    EXPECT_TRUE(resumed) << (resumed ? "" : resumed.error().message);
  }
  wait_until_quiet();
}

void TwoOffices::wait_until_quiet() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < end) {
    bool quiet = true;
    for (Office* office : {&provider, &consumer}) {
      const auto rows = office->contracts().negotiations(false, 1000);
      for (const Negotiation& row : *rows) {
        quiet = quiet && (row.said.empty() || row.delivered);
      }
    }
    if (quiet) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << "something is still to be said after 30 s";
}

}  // namespace connector::testing
