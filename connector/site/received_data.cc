#include "site/received_data.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "apps/server.h"
#include "crypto/random.h"
#include "crypto/signing_key.h"
#include "edge/local_door.h"
#include "evidence/checkpoint.h"
#include "evidence/dsse.h"
#include "evidence/log_entry.h"
#include "exchange/even_time.h"
#include "site/config.h"
#include "site/keys.h"
#include "store/store.h"

namespace connector::site {
namespace {

core::EpochNs wall_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// Goes on while the machine sleeps, and whatever the wall clock is set to.
core::EpochNs steady_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<core::EpochNs>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// The latest time on record: of any use or receipt, and of the last entry of the log.
core::Result<core::EpochNs> latest_on_record(store::Store& store) {
  auto seen = store.vault().seen();
  if (!seen) return seen;
  const std::uint64_t size = store.log().size();
  if (size == 0) return seen;
  const auto last = store.log().entry(size - 1);
  if (!last) return last.error();
  const auto entry = evidence::read_log_entry(*last);
  return entry ? std::max(*seen, entry->at) : *seen;
}

}  // namespace

// In the order of construction.
struct ReceivedData::State {
  ReceivedDataParts parts;
  core::Connector self;
  exchange::EvenTime time;
  exchange::Outbox outbox;
  exchange::Standing standing;
  exchange::Custody custody;
  exchange::Use use;
  exchange::StatementsReceived statements;
  std::promise<apps::AppServer*> server_ready;
  std::unique_ptr<edge::LocalDoor> door;
  std::unique_ptr<apps::AppServer> server;

  State(ReceivedDataParts given, core::EpochNs seen);

  core::Result<bool> in_our_log(const std::string& note) const;
  bool is_ours(const exchange::SignedEnvelope& said) const;
};

ReceivedData::State::State(ReceivedDataParts given, core::EpochNs seen)
    : parts(std::move(given)),
      self(parts.config().id),
      time(wall_ns, steady_ns, seen),
      outbox({.self = self,
              .now = wall_ns,
              .call = parts.call,
              .partners = parts.store.partners(),
              .vault = parts.store.vault(),
              .work = parts.store.vault_work(),
              .log = parts.store.log(),
              .signer = parts.keys,
              .client = parts.client,
              .schedule = parts.schedule,
              .checkpoint = parts.checkpoint}),
      standing({.self = self,
                .random = crypto::random_bytes,
                .now = [this] { return time.now(); },
                .partners = parts.store.partners(),
                .vault = parts.store.vault(),
                .log = parts.store.log(),
                .client = parts.client,
                .ours = [this](const exchange::SignedEnvelope& said) { return is_ours(said); },
                .in_our_log = [this](const std::string& note) { return in_our_log(note); }}),
      custody({.self = self,
               .random = crypto::random_bytes,
               .now = [this] { return time.now(); },
               .agreement = parts.agreement,
               .vault = parts.store.vault(),
               .work = parts.store.vault_work(),
               .keys = parts.vault_keys,
               .log = parts.store.log(),
               .signer = parts.keys,
               .schedule = parts.schedule,
               .run = parts.run,
               .checkpoint = parts.checkpoint,
               .outgoing = [this] { outbox.wake(); },
               .on_failure = parts.on_failure}),
      use({.self = self,
           .random = crypto::random_bytes,
           .now = [this] { return time.now(); },
           .agreement = parts.agreement,
           .partners = parts.store.partners(),
           .vault = parts.store.vault(),
           .keys = parts.vault_keys,
           .log = parts.store.log(),
           .signer = parts.keys,
           .point = parts.point,
           .complete = parts.complete,
           .checkpoint = parts.checkpoint,
           .standing =
               [this](const contract::Agreement& terms) {
                 return standing.check(terms.id, terms.provider);
               },
           .ended =
               [this](const std::string&) {
                 custody.look_again();
                 outbox.wake();
               }}),
      statements({.self = self,
                  .clock = wall_ns,
                  .random = crypto::random_bytes,
                  .partners = parts.store.partners(),
                  .contracts = parts.store.contracts(),
                  .agreement = parts.agreement,
                  .work = parts.store.vault_work(),
                  .log = parts.store.log(),
                  .verify = crypto::verify_ed25519,
                  .checkpoint = parts.checkpoint}) {}

core::Result<bool> ReceivedData::State::in_our_log(const std::string& note) const {
  const auto opened = evidence::open_checkpoint(note, parts.log_key, crypto::verify_ed25519);
  if (!opened) return opened.error();
  if (opened->size > parts.store.log().size()) return false;
  const auto root = parts.store.log().root(opened->size);
  if (!root) return root.error();
  return *root == opened->root;
}

// By whichever key was in use when it was signed.
bool ReceivedData::State::is_ours(const exchange::SignedEnvelope& said) const {
  const std::string message = evidence::pae(said.payload_type, said.payload);
  const auto ours = parts.own_keys();
  return std::any_of(ours.begin(), ours.end(), [&](const exchange::PartnerKey& key) {
    return key.id.str() == said.key_id &&
           crypto::verify_ed25519(key.public_key, message, said.signature);
  });
}

ReceivedData::ReceivedData(std::unique_ptr<State> state) : state_(std::move(state)) {}

ReceivedData::~ReceivedData() {
  stop(0);
}

core::Result<std::unique_ptr<ReceivedData>> ReceivedData::open(ReceivedDataParts parts) {
  auto seen = latest_on_record(parts.store);
  if (!seen) return std::move(seen.error());
  return std::unique_ptr<ReceivedData>(
      new ReceivedData(std::make_unique<State>(std::move(parts), *seen)));
}

core::Status ReceivedData::make_up() {
  auto made = state_->custody.make_up();
  state_->outbox.wake();
  return made;
}

core::Status ReceivedData::serve() {
  const Config config = state_->parts.config();
  if (config.apps.empty()) return core::ok();
  edge::LocalDoorOptions options;
  options.socket = (config.dir / config.apps_socket).string();
  options.group = config.apps_group;
  // The first connection waits until gRPC is there to take it.
  auto door =
      edge::LocalDoor::start(options, [ready = state_->server_ready.get_future().share()](
                                          int descriptor) { ready.get()->accept(descriptor); });
  if (!door) return std::move(door.error());
  state_->door = std::move(*door);
  auto server =
      apps::AppServer::start({.use = state_->use,
                              .callers = state_->door->callers(),
                              .applications = [this] { return state_->parts.config().apps; },
                              .holdings = [this] { return holdings(); }});
  if (!server) return std::move(server.error());
  state_->server = std::move(*server);
  state_->server_ready.set_value(state_->server.get());
  return core::ok();
}

void ReceivedData::stop(int patience_ms) {
  if (!state_->door) return;
  if (state_->server) state_->server->stop(std::chrono::milliseconds(patience_ms));
  state_->door->stop();
  state_->server.reset();
  state_->door.reset();
}

void ReceivedData::received() {
  state_->custody.look_again();
}
exchange::Use& ReceivedData::use() {
  return state_->use;
}
exchange::StatementsReceived& ReceivedData::statements() {
  return state_->statements;
}
exchange::Custody& ReceivedData::custody() {
  return state_->custody;
}
exchange::Standing& ReceivedData::standing() {
  return state_->standing;
}

core::Result<std::vector<exchange::Holding>> ReceivedData::holdings() const {
  store::Store& store = state_->parts.store;
  return exchange::holdings_of(store.contracts(), store.vault(), store.vault_work());
}

}  // namespace connector::site
