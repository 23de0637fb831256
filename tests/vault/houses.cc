#include "houses.h"

#include <fstream>
#include <future>

#include "contract/offer.h"
#include "contract/registry.h"
#include "crypto/random.h"
#include "evidence/checkpoint.h"
#include "evidence/dsse.h"
#include "evidence/log_entry.h"
#include "exchange/commit.h"

namespace connector::testing {
namespace {

using namespace exchange;

constexpr const char* kSeedPem =  // the first key of RFC 8032, section 7.1
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

std::string checkpoint_of(const Log& log, const core::Connector& self) {
  const std::uint64_t size = log.size();
  return evidence::sign_checkpoint({self.str(), size, log.root(size).value()},
                                   consumer_key().public_key(),
                                   [](std::string_view text) { return consumer_key().sign(text); });
}

store::StoreOptions options_in(const std::filesystem::path& folder) {
  store::StoreOptions options;
  options.file = folder / "store.db";
  options.ballast_bytes = 1 << 20;
  return options;
}

std::unique_ptr<store::Store> open_store(const std::filesystem::path& folder) {
  auto opened = store::Store::open(options_in(folder));
  if (!opened) throw std::runtime_error(opened.error().reason + ": " + opened.error().message);
  return std::move(*opened);
}

Partner partner(const core::Connector& id, const std::string& key) {
  Partner partner;
  partner.id = id;
  partner.keys = {{core::KeyId(core::hex(core::sha256(key)).substr(0, 16)), key, 0, 4'000'000'000}};
  partner.introduction_digest = "d";
  return partner;
}

core::Status put_partner(store::Store& store, Partner partner) {
  return commit_now(
      store.log(),
      {.entries = {}, .effects = {PutPartner{std::move(partner)}}, .on_behalf_of = {}});
}

}  // namespace

const crypto::SigningKey& consumer_key() {
  static const crypto::SigningKey key = crypto::SigningKey::from_pem(kSeedPem).value();
  return key;
}

KeptAgreement agreement(const std::string& offer, contract::Role role, const std::string& id) {
  const auto form = core::parse_untrusted(offer);
  if (!form) throw std::runtime_error(form.error().message);
  auto read = contract::read_offer("quality", *form);
  if (!read) throw std::runtime_error(read.error().message);
  KeptAgreement kept;
  kept.partner = role == contract::Role::kConsumer ? kProvider : kConsumer;
  kept.role = role;
  kept.state = AgreementState::kInForce;
  contract::Agreement& terms = kept.terms;
  terms.id = id;
  terms.provider = kProvider;
  terms.consumer = kConsumer;
  terms.offer = "quality";
  terms.offer_digest = contract::digest_of(read->policy);
  terms.datasets = read->datasets;
  terms.policy = contract::agreed(read->policy, terms.id, kProvider, kConsumer);
  terms.registry = contract::kRegistryVersion;
  terms.provider_revision = core::Revision(std::string(64, 'a'));
  terms.concluded_s = kConcluded;
  kept.payload = contract::to_text(terms);
  return kept;
}

void HandSchedule::at(core::EpochNs when, const std::string& name, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  due_[name] = {when, std::move(work)};
}

void HandSchedule::cancel(const std::string& name) {
  const std::lock_guard lock(mutex_);
  due_.erase(name);
}

std::optional<core::EpochNs> HandSchedule::next() const {
  const std::lock_guard lock(mutex_);
  std::optional<core::EpochNs> first;
  for (const auto& [name, one] : due_) first = std::min(first.value_or(one.first), one.first);
  return first;
}

void HandSchedule::run_due(core::EpochNs now) {
  for (int i = 0; i < 100; ++i) {
    std::function<void()> work;
    {
      const std::lock_guard lock(mutex_);
      for (auto one = due_.begin(); one != due_.end(); ++one) {
        if (one->second.first > now) continue;
        work = std::move(one->second.second);
        due_.erase(one);
        break;
      }
    }
    if (!work) return;
    work();
  }
}

core::Result<UseVerdict> JudgePoint::decide(const contract::Agreement& agreement,
                                            const contract::Facts& facts) {
  if (!available) return core::unavailable("POLICY_UNAVAILABLE", "OPA does not answer");
  const contract::Judgement judged = contract::judge(agreement.policy, facts);
  return UseVerdict{judged.allowed, judged.term, judged.why, "decision-1", {}, judged.changes_at};
}

Provider::Provider(const std::string& offer, const std::string& key)
    : store_(open_store(dir_.path())),
      agreement_(
          std::make_shared<const KeptAgreement>(agreement(offer, contract::Role::kProvider))) {
  if (!put_partner(*store_, partner(kConsumer, key))) throw std::runtime_error("no partner");
  if (auto kept =
          commit_now(store_->log(),
                     {.entries = {}, .effects = {PutAgreement{*agreement_}}, .on_behalf_of = {}});
      !kept) {
    throw std::runtime_error(kept.error().message);
  }
  received_ = std::make_unique<StatementsReceived>(StatementsReceivedPorts{
      .self = kProvider,
      .clock = [this] { return wall.load(); },
      .random = crypto::random_bytes,
      .partners = store_->partners(),
      .contracts = store_->contracts(),
      .agreement =
          [this](const std::string& id) -> core::Result<std::shared_ptr<const KeptAgreement>> {
        return id == kAgreementId ? agreement_ : nullptr;
      },
      .work = store_->vault_work(),
      .log = store_->log(),
      .verify = crypto::verify_ed25519,
      .checkpoint = [this]() -> core::Result<std::string> {
        return checkpoint_of(store_->log(), kProvider);
      }});
}

core::Result<std::string> Wire::report(const Partner&, const SignedEnvelope& statement) {
  if (!reachable) return core::unavailable("PARTNER_UNREACHABLE", "no route");
  std::promise<core::Result<std::string>> answer;
  provider_.received().report({kConsumer, {}}, statement, [&](core::Result<std::string> said) {
    answer.set_value(std::move(said));
  });
  return answer.get_future().get();
}

core::Result<std::optional<SignedEnvelope>> Wire::last_statement(const Partner&,
                                                                 const std::string& id) {
  ++asked;
  if (!reachable) return core::unavailable("PARTNER_UNREACHABLE", "no route");
  return provider_.received().last_statement({kConsumer, {}}, id);
}

Consumer::Consumer(const std::filesystem::path& where, const std::string& offer, Wire* wire,
                   core::EpochNs now)
    : folder(where),
      wall(now),
      agreement_kept(
          std::make_shared<const KeptAgreement>(agreement(offer, contract::Role::kConsumer))),
      store(open_store(where)) {
  static const crypto::Ed25519Signer signer(
      std::shared_ptr<const crypto::SigningKey>(std::shared_ptr<void>(), &consumer_key()));
  auto opened = crypto::VaultKeyFiles::open((folder / "keys").string());
  if (!opened) throw std::runtime_error(opened.error().message);
  keys = std::move(*opened);
  if (!put_partner(*store, partner(kProvider, std::string(32, 'p')))) {
    throw std::runtime_error("no partner");
  }
  time =
      std::make_unique<EvenTime>([this] { return wall.load(); }, [this] { return steady.load(); },
                                 store->vault().seen().value());
  const auto find =
      [this](const std::string& id) -> core::Result<std::shared_ptr<const KeptAgreement>> {
    return id == kAgreementId ? agreement_kept : nullptr;
  };
  const auto checkpoint = [this]() -> core::Result<std::string> {
    return checkpoint_of(store->log(), kConsumer);
  };
  const auto now_even = [this] { return time->now(); };
  const auto at_once = [](std::function<void()> work) { work(); };
  if (wire != nullptr) {
    outbox = std::make_unique<Outbox>(OutboxPorts{
        kConsumer, [this] { return wall.load(); }, at_once, store->partners(), store->vault(),
        store->vault_work(), store->log(), signer, *wire, schedule, checkpoint});
    standing = std::make_unique<Standing>(StandingPorts{
        kConsumer, crypto::random_bytes, now_even, store->partners(), store->vault(), store->log(),
        *wire,
        [](const SignedEnvelope& said) {
          return crypto::verify_ed25519(consumer_key().public_key(),
                                        evidence::pae(said.payload_type, said.payload),
                                        said.signature);
        },
        [this](const std::string& note) -> core::Result<bool> {
          auto open = evidence::open_checkpoint(
              note, evidence::verifier_key(kConsumer.str(), consumer_key().public_key()),
              crypto::verify_ed25519);
          if (!open) return std::move(open.error());
          if (open->size > store->log().size()) return false;
          return store->log().root(open->size).value() == open->root;
        }});
  }
  custody = std::make_unique<Custody>(
      CustodyPorts{kConsumer, crypto::random_bytes, now_even, find, store->vault(),
                   store->vault_work(), *keys, store->log(), signer, schedule, at_once, checkpoint,
                   [this] {
                     if (outbox) outbox->wake();
                   },
                   [](const std::string& what) { ADD_FAILURE() << what; }});
  use_case = std::make_unique<Use>(
      UsePorts{kConsumer, crypto::random_bytes, now_even, find, store->partners(), store->vault(),
               *keys, store->log(), signer, point, [](contract::Facts&) {}, checkpoint,
               [this](const contract::Agreement& terms) {
                 return standing ? standing->check(terms.id, terms.provider) : core::ok();
               },
               [this](const std::string&) {
                 custody->look_again();
                 if (outbox) outbox->wake();
               }});
}

core::Status Consumer::receive(const std::vector<pb::Record>& records) {
  std::vector<std::string> bytes;
  for (const auto& one : records) bytes.push_back(one.SerializeAsString());
  const std::vector<std::string_view> views(bytes.begin(), bytes.end());
  const std::string account = "account-" + std::to_string(store->log().size());
  auto effects =
      VaultIntake(*keys).take(agreement_kept->terms, {core::DatasetId("quality"),
                                                      account,
                                                      static_cast<std::uint64_t>(++batches_),
                                                      views,
                                                      {},
                                                      time->now()});
  if (!effects) return std::move(effects.error());
  auto kept =
      commit_now(store->log(), {.entries = {}, .effects = std::move(*effects), .on_behalf_of = {}});
  custody->look_again();
  return kept;
}

std::string Consumer::use(UseRequest asked) {
  if (asked.agreement.empty()) asked = request();
  std::string keys_given;
  const auto done = use_case->run(asked, [&](const UsedRecord& given) {
    pb::Record record;
    if (!record.ParseFromString(std::string(given.bytes))) return false;
    keys_given += (keys_given.empty() ? "" : " ") + record.header().key();
    return true;
  });
  return done ? keys_given : done.error().reason;
}

std::vector<pb::Record> Consumer::used(UseRequest asked) {
  if (asked.agreement.empty()) asked = request();
  std::vector<pb::Record> records;
  const auto done = use_case->run(asked, [&](const UsedRecord& given) {
    return records.emplace_back().ParseFromString(std::string(given.bytes));
  });
  EXPECT_TRUE(done) << done.error().reason << ": " << done.error().message;
  return records;
}

std::vector<std::string> Consumer::kinds_logged() const {
  std::vector<std::string> kinds;
  for (std::uint64_t i = 0; i < store->log().size(); ++i) {
    kinds.push_back(evidence::read_log_entry(store->log().entry(i).value()).value().kind);
  }
  return kinds;
}

VaultFacts Consumer::facts() const {
  return store->vault().facts(kAgreementId).value().value_or(VaultFacts{});
}

core::Status Consumer::settle() {
  schedule.run_due(wall);
  return outbox ? outbox->run() : core::ok();
}

pb::Record order_line(const std::string& order, int line) {
  pb::Record record;
  record.mutable_header()->set_kind(pb::KIND_ORDER_LINE);
  record.mutable_header()->set_key("order/" + order + "/" + std::to_string(line));
  record.mutable_header()->set_lifecycle(pb::LIFECYCLE_ACTIVE);
  pb::OrderLine& body = *record.mutable_order_line();
  body.set_order_number(order);
  body.set_line_no(std::to_string(line));
  body.mutable_issued()->set_epoch_ns(line * kDayNs);
  body.mutable_item()->add_item_keys(std::string(16, static_cast<char>('a' + line)));
  body.mutable_buyer()->set_name("Canary Buyer " + order);
  body.add_notes("Canary note " + order);
  return record;
}

UseRequest request(const std::string& purpose) {
  UseRequest request;
  request.agreement = kAgreementId;
  request.purpose = core::Purpose(purpose);
  request.application = "erp";
  return request;
}

bool found_in_files(const std::filesystem::path& folder, const std::string& text) {
  for (const auto& one : std::filesystem::recursive_directory_iterator(folder)) {
    if (!one.is_regular_file()) continue;
    std::ifstream file(one.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace connector::testing
