#include "site/site.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include "admin/admin.h"
#include "core/limits.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "crypto/signing_key.h"
#include "crypto/vault_keys.h"
#include "edge/edge.h"
#include "exchange/importing.h"
#include "opa/policy_engine.h"
#include "peer/client.h"
#include "peer/server.h"
#include "site/backup.h"
#include "site/checkpoints.h"
#include "site/context.h"
#include "site/contract_desk.h"
#include "site/keys.h"
#include "site/logger.h"
#include "site/policy_options.h"
#include "site/pool.h"
#include "site/received_data.h"
#include "site/retention.h"
#include "site/trust.h"
#include "site/use_point.h"
#include "source/drop_folder.h"
#include "store/store.h"

namespace connector::site {
namespace fs = std::filesystem;
namespace {

core::EpochNs now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::shared_ptr<const std::vector<exchange::DatasetInfo>> datasets_of(const Config& config) {
  std::vector<exchange::DatasetInfo> list;
  for (const DatasetConfig& one : config.datasets) list.push_back(one.info);
  return std::make_shared<const std::vector<exchange::DatasetInfo>>(std::move(list));
}

}  // namespace

// In the order of construction: each member stands on those above it, and destruction runs
// backwards. What listens comes last.
struct Site::State {
  Mode mode;
  mutable std::mutex mutex;
  Config config;                                                      // guarded by mutex
  std::shared_ptr<const std::vector<exchange::DatasetInfo>> offered;  // guarded by mutex
  Logger logger;
  core::EpochNs started = now_ns();
  std::unique_ptr<Keys> keys;
  std::unique_ptr<crypto::VaultKeyFiles> vault_keys;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<OwnIntroduction> introduction;
  std::unique_ptr<Checkpoints> checkpoints;
  std::unique_ptr<peer::PeerClient> client;
  std::unique_ptr<exchange::Consumer> consumer;
  // Serving only.
  std::unique_ptr<opa::PolicyEngine> policy;
  std::unique_ptr<Pool> pool;
  std::unique_ptr<edge::Edge> edge;
  std::unique_ptr<ContractDesk> contracts;
  std::unique_ptr<OwnUsePoint> use_point;
  std::unique_ptr<ReceivedData> received;
  std::unique_ptr<exchange::Provider> provider;
  std::promise<peer::PeerServer*> server_ready;
  std::unique_ptr<peer::PeerServer> server;
  std::vector<std::unique_ptr<exchange::Source>> sources;
  std::unique_ptr<Retention> retention;
  std::unique_ptr<admin::Admin> admin;

  State(Mode how, Config given)
      : mode(how),
        config(std::move(given)),
        offered(datasets_of(config)),
        logger(config.log_level) {}

  Config current() const {
    std::lock_guard lock(mutex);
    return config;
  }

  Context context();
  admin::Operations operations();
  core::Status open();
  core::Status start_policy();
  core::Status start_edge();
  void start_contracts();
  core::Status start_received();
  core::Result<std::vector<exchange::Effect>> seal(const std::string& agreement,
                                                   const exchange::ReceivedPart& part) const;
  core::Status start_provider();
  core::Status start_sources();
  core::Status start_retention();
  core::Status start_admin();
  void introduce();
  void partners_changed() const;
};

core::Status Site::State::open() {
  auto loaded = Keys::load(config.dir);
  if (!loaded) return std::move(loaded.error());
  keys = std::move(*loaded);
  if (auto finished = finish_restore(config); !finished) return finished;
  store::StoreOptions options;
  options.file = config.dir / "data" / "store.db";
  options.on_failure = [this](const std::string& what) { logger.error(what); };
  auto opened = store::Store::open(std::move(options));
  if (!opened) return std::move(opened.error());
  store = std::move(*opened);
  auto sealing = crypto::VaultKeyFiles::open((config.dir / "keys" / "vault").string());
  if (!sealing) return std::move(sealing.error());
  vault_keys = std::move(*sealing);
  introduction = std::make_unique<OwnIntroduction>(*store, *keys, now_ns, crypto::random_bytes);
  if (auto ready = introduction->load(config); !ready) return ready;
  checkpoints = std::make_unique<Checkpoints>(config.id, store->log(), *keys);
  auto tls = keys->client();
  if (!tls) return std::move(tls.error());
  peer::ClientOptions client_options;
  client_options.certificate_pem = tls->certificate_pem;
  client_options.key_pem = tls->key_pem;
  client = std::make_unique<peer::PeerClient>(std::move(client_options));
  consumer = std::make_unique<exchange::Consumer>(exchange::ConsumerPorts{
      config.id, now_ns, crypto::random_bytes, store->partners(), *client, store->log(),
      store->accounts(), *keys, crypto::verify_ed25519, [this] { return checkpoints->current(); },
      open_note,
      [this](const std::string& agreement, const exchange::ReceivedPart& part) {
        return seal(agreement, part);
      }});
  return core::ok();
}

Context Site::State::context() {
  return {.config = [this] { return current(); },
          .store = *store,
          .partners = store->partners(),
          .archive = store->archive(),
          .records = store->records(),
          .log = store->log(),
          .accounts = store->accounts(),
          .client = *client,
          .contract_client = *client,
          .consumer = *consumer,
          .keys = *keys,
          .introduction = *introduction,
          .clock = now_ns,
          .random = crypto::random_bytes,
          .verify = crypto::verify_ed25519,
          .checkpoint = [this] { return checkpoints->current(); },
          .partners_changed = [this] { partners_changed(); },
          .policy = policy.get(),
          .edge = edge.get(),
          .provider = provider.get(),
          .contracting = contracts ? &contracts->contracting() : nullptr,
          .received = received.get(),
          .started = started};
}

void Site::State::introduce() {
  for (const auto& [partner, heard] : introduce_to_all(context())) {
    if (heard) continue;
    logger.warn("a partner has not heard of our new introduction yet; it will with our next call",
                {{"partner", partner.str()},
                 {"reason", heard.error().reason},
                 {"cause", heard.error().message}});
  }
}

// Streams first, so that their readers hear the reason; then the door.
void Site::State::partners_changed() const {
  if (provider) provider->look_again();
  if (edge) edge->refresh();
}

admin::Operations Site::State::operations() {
  admin::Operations operations;
  const Context all = context();
  add_partner_operations(all, operations);
  add_trust_operations(all, operations);
  add_record_operations(all, operations);
  add_policy_operations(all, operations);
  add_policy_inquiries(all, operations);
  add_contract_operations(all, operations);
  add_use_operations(all, operations);
  add_offer_operations(all, operations);
  add_audit_operations(all, operations);
  add_store_operations(all, operations);
  add_health_operations(all, operations);
  return operations;
}

core::Status Site::State::start_policy() {
  opa::PolicyEngine::Options options = policy_options(config);
  options.self = config.id;
  options.clock = now_ns;
  options.random = crypto::random_bytes;
  options.partners = &store->partners();
  options.on_change = [this] {
    if (provider) provider->look_again();
  };
  options.log = [this](const std::string& what) { logger.warn(what); };
  auto engine = opa::PolicyEngine::start(std::move(options));
  if (!engine) return std::move(engine.error());
  policy = std::move(*engine);
  return core::ok();
}

core::Status Site::State::start_edge() {
  auto tls = keys->server();
  if (!tls) return std::move(tls.error());
  edge::EdgeOptions options;
  options.listen = config.listen;
  options.certificate_pem = tls->certificate_pem;
  options.key_pem = tls->key_pem;
  options.limits.calls_per_minute = config.calls_per_minute;
  options.limits.bytes_per_minute = config.bytes_per_minute;
  options.clock = now_ns;
  // The first connection waits until gRPC is there to take it.
  auto started_edge = edge::Edge::start(std::move(options), store->partners(),
                                        [ready = server_ready.get_future().share()](
                                            int descriptor) { ready.get()->accept(descriptor); });
  if (!started_edge) return std::move(started_edge.error());
  edge = std::move(*started_edge);
  return core::ok();
}

void Site::State::start_contracts() {
  contracts = std::make_unique<ContractDesk>(
      ContractParts{.self = config.id,
                    .store = *store,
                    .client = *client,
                    .policy = *policy,
                    .keys = *keys,
                    .pool = *pool,
                    .clock = now_ns,
                    .datasets =
                        [this] {
                          std::lock_guard lock(mutex);
                          return offered;
                        },
                    .checkpoint = [this] { return checkpoints->current(); },
                    .changed =
                        [this] {
                          if (provider) pool->run([this] { provider->look_again(); });
                        }});
}

// What is received under an agreement is sealed as it is kept.
core::Result<std::vector<exchange::Effect>> Site::State::seal(
    const std::string& agreement, const exchange::ReceivedPart& part) const {
  const auto kept = store->contracts().agreement(agreement);
  if (!kept) return kept.error();
  if (!*kept) return core::internal("no agreement " + agreement + " is on record");
  auto effects = exchange::VaultIntake(*vault_keys).take((*kept)->terms, part);
  if (effects && received) received->received();
  return effects;
}

// What is overdue is deleted before anything is served.
core::Status Site::State::start_received() {
  const auto options = policy_options(config);
  use_point = std::make_unique<OwnUsePoint>(
      OwnUsePoint::Options{.opa = options.opa,
                           .run_dir = config.dir / "run" / "use",
                           .random = crypto::random_bytes,
                           .revision = [this] { return policy->revision(); }});
  auto opened = ReceivedData::open(
      {.config = [this] { return current(); },
       .store = *store,
       .keys = *keys,
       .vault_keys = *vault_keys,
       .client = *client,
       .schedule = contracts->schedule(),
       .run = contracts->caller(),
       .call = contracts->caller(),
       .agreement = [desk = contracts.get()](
                        const std::string& id) { return desk->contracting().agreement(id); },
       .point = *use_point,
       .complete = [this, self = config.id.participant](
                       contract::Facts& facts) { policy->offers()->add_stated_facts(self, facts); },
       .checkpoint = [this] { return checkpoints->current(); },
       .own_keys = [this] { return introduction->keys(); },
       .log_key = introduction->log_key(),
       .on_failure = [this](const std::string& what) { logger.error(what); }});
  if (!opened) return std::move(opened.error());
  received = std::move(*opened);
  return received->make_up();
}

core::Status Site::State::start_provider() {
  start_contracts();
  if (auto ready = start_received(); !ready) return ready;
  exchange::ProviderPorts ports{
      .self = config.id,
      .software = std::string("connector/") + CONNECTOR_VERSION,
      .clock = now_ns,
      .random = crypto::random_bytes,
      .run = [this](std::function<void()> work) { pool->run(std::move(work)); },
      .partners = store->partners(),
      .records = store->records(),
      .log = store->log(),
      .accounts = store->accounts(),
      .decisions = *policy,
      .signer = *keys,
      .verify = crypto::verify_ed25519,
      .hash = crypto::make_partner_hash(keys->secret("partner-hash")),
      .sealer = crypto::make_sealer(keys->secret("tokens")),
      .datasets =
          [this] {
            std::lock_guard lock(mutex);
            return offered;
          },
      .checkpoint = [this] { return checkpoints->current(); },
      .keys = [this] { return introduction->keys(); },
      .log_key = introduction->log_key(),
      .released = [this](const core::Connector& id,
                         std::uint64_t bytes) { return edge->callers().released(id, bytes); },
      .introduction = [this]() -> core::Result<exchange::SignedEnvelope> {
        return signed_envelope(introduction->envelope());
      },
      .accept_introduction =
          [this](const core::Connector& from, const exchange::SignedEnvelope& envelope) {
            return accept_introduction(context(), from, envelope);
          },
      .max_unacknowledged = config.max_unacknowledged,
      .agreements =
          [this](const std::string& id) { return contracts->contracting().agreement(id); },
      .offers = [this] { return policy->offers(); },
      .schedule = &contracts->schedule(),
      .require_agreement = config.agreements != "optional"};
  provider = std::make_unique<exchange::Provider>(std::move(ports));
  auto serving = peer::PeerServer::start(*provider, edge->callers(), &contracts->contracting(),
                                         &received->statements());
  if (!serving) return std::move(serving.error());
  server = std::move(*serving);
  server_ready.set_value(server.get());
  server->set_serving(true);
  if (auto resumed = contracts->contracting().resume(); !resumed) return resumed;
  return received->serve();
}

core::Status Site::State::start_sources() {
  for (const DatasetConfig& dataset : config.datasets) {
    if (dataset.drop.empty()) continue;
    auto folder =
        source::DropFolder::open({config.dir / dataset.drop, core::limits::kDocumentBytes,
                                  [this](const std::string& problem) { logger.warn(problem); }});
    if (!folder) return std::move(folder.error());
    auto started_source = (*folder)->start([this, info = dataset.info](const std::string& name,
                                                                       std::string_view bytes) {
      exchange::ImportOptions options;
      options.dataset = info.id;
      const auto outcome = exchange::import_document(&store->archive(), info, name, bytes, options);
      // The cause may quote the document: it stands beside the refused file, not in the log.
      logger.info("import", {{"dataset", info.id.str()},
                             {"file", name},
                             {"outcome", outcome.outcome},
                             {"place", outcome.place}});
      return exchange::verdict_of(outcome);
    });
    if (!started_source) return started_source;
    sources.push_back(std::move(*folder));
  }
  return core::ok();
}

core::Status Site::State::start_retention() {
  retention = keep_forgetting([this] { return context(); }, logger);
  return core::ok();
}

core::Status Site::State::start_admin() {
  const fs::path socket = config.dir / config.admin_socket;
  std::error_code error;
  fs::create_directories(socket.parent_path(), error);
  const Context all = context();
  auto opened = admin::Admin::start(
      {socket.string(), config.admin_group, config.metrics_listen}, operations(),
      {[all] { return readiness(all); }, [all] { return metrics(all); }});
  if (!opened) return std::move(opened.error());
  admin = std::move(*opened);
  return core::ok();
}

Site::Site(std::unique_ptr<State> state) : state_(std::move(state)) {}

Site::~Site() {
  if (state_ && state_->mode == Mode::kServe) stop(0);
}

core::Result<std::unique_ptr<Site>> Site::open(Config config, Mode mode) {
  auto state = std::make_unique<State>(mode, std::move(config));
  if (auto opened = state->open(); !opened) return std::move(opened.error());
  if (auto logged = log_restored(state->context()); !logged) return std::move(logged.error());
  return std::unique_ptr<Site>(new Site(std::move(state)));
}

admin::Operations Site::operations() {
  return state_->operations();
}

core::Status Site::start() {
  state_->pool = std::make_unique<Pool>(std::max(2u, std::thread::hardware_concurrency()));
  for (const auto step : {&State::start_policy, &State::start_edge, &State::start_provider,
                          &State::start_sources, &State::start_retention, &State::start_admin}) {
    if (auto started = (state_.get()->*step)(); !started) return started;
  }
  state_->logger.info("serving", {{"participant", state_->config.id.participant.str()},
                                  {"site", state_->config.id.site.str()},
                                  {"port", std::to_string(port())},
                                  {"policy", state_->policy->revision().str()}});
  return core::ok();
}

core::Status Site::reload() {
  auto fresh = load_config(state_->current().dir);
  if (!fresh) return std::move(fresh.error());
  auto server = state_->keys->server();
  if (!server) return std::move(server.error());
  auto client = state_->keys->client();
  if (!client) return std::move(client.error());
  const auto introduced = state_->introduction->envelope();
  if (auto loaded = state_->introduction->load(*fresh); !loaded) return loaded;
  // Of a new anchor partners hear while the certificates of the old one are still in use.
  if (state_->introduction->envelope().payload != introduced.payload) state_->introduce();
  if (auto reloaded = state_->edge->reload_certificate(server->certificate_pem, server->key_pem);
      !reloaded) {
    return reloaded;
  }
  state_->client->replace_certificate(client->certificate_pem, client->key_pem);
  state_->logger.set_level(fresh->log_level);
  {
    std::lock_guard lock(state_->mutex);
    state_->config = std::move(*fresh);
    state_->offered = datasets_of(state_->config);
  }
  state_->partners_changed();
  const Context all = state_->context();
  auto logged = all.change({.kind = "config.reloaded",
                            .self = all.self(),
                            .partner = {},
                            .subject = {},
                            .detail = {},
                            .uid = -1},
                           {});
  state_->logger.info("reloaded");
  return logged;
}

// The door first, then the streams, then who reads documents; the store last, by destruction.
void Site::stop(int patience_ms) {
  if (!state_->edge) return;
  state_->admin.reset();
  if (state_->received) state_->received->stop(patience_ms);
  state_->retention.reset();
  state_->sources.clear();
  // A connection may be waiting for a server that never came: it is closed then.
  if (!state_->server) {
    state_->server_ready.set_exception(
        std::make_exception_ptr(std::runtime_error("the connector did not start")));
  }
  if (state_->server) state_->server->set_serving(false);
  state_->edge->stop_accepting();
  if (state_->provider) state_->provider->stop();
  state_->client->stop();
  if (state_->server) state_->server->stop(std::chrono::milliseconds(patience_ms));
  state_->edge->stop();
  if (state_->contracts) state_->contracts->stop();
  state_->pool.reset();
  state_->logger.info("stopped");
  state_->server.reset();
  state_->provider.reset();
  state_->contracts.reset();  // what runs there may still speak of received data
  state_->received.reset();
  state_->use_point.reset();
  state_->edge.reset();
}

std::uint16_t Site::port() const {
  return state_->edge ? state_->edge->port() : std::uint16_t{0};
}

std::string Site::log_line(const std::string& level, const std::string& message) {
  return json_line(level, message);
}

}  // namespace connector::site
