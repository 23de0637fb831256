#include "edge/guests.h"

#include <openssl/rand.h>

#include <chrono>
#include <utility>

#include "core/digest.h"

namespace connector::edge {
namespace {

constexpr std::string_view kGrpcScheme = "unix-abstract:";

std::string random_prefix() {
  std::string bytes(12, '\0');
  // Should the generator fail the name is merely guessable; nobody else can bind or see it.
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return "connector/" + core::hex(bytes) + "/";
}

std::int64_t steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

core::Error unknown(std::string reason, std::string message, std::string next) {
  return {core::Code::kUnauthenticated, std::move(reason), std::move(message), std::move(next), {}};
}

core::Error too_many(const char* what) {
  return {core::Code::kExhausted,
          "RATE_LIMITED",
          std::string("the limit of ") + what + " per minute is reached",
          "go on in a minute, with fewer calls",
          {}};
}

}  // namespace

Guests::Guests(const exchange::Partners& partners, exchange::Clock clock,
               std::size_t calls_per_minute, std::uint64_t bytes_per_minute)
    : partners_(partners),
      clock_(std::move(clock)),
      calls_per_minute_(static_cast<double>(calls_per_minute)),
      bytes_per_minute_(static_cast<double>(bytes_per_minute)),
      prefix_(random_prefix()) {}

std::string Guests::enter(Guest guest) {
  std::unique_lock lock(mutex_);
  std::string name = prefix_ + std::to_string(++next_);
  guests_[name] = std::make_shared<const Guest>(std::move(guest));
  return name;
}

void Guests::leave(const std::string& name) {
  std::unique_lock lock(mutex_);
  guests_.erase(name);
}

std::size_t Guests::connections_of(const core::Connector& id) const {
  std::shared_lock lock(mutex_);
  std::size_t count = 0;
  for (const auto& [name, guest] : guests_) count += guest->id == id ? 1 : 0;
  return count;
}

core::Status Guests::welcome(const Guest& guest) const {
  const auto partner = partners_.find(guest.id);
  if (!partner || partner->state != exchange::PartnerState::kActive) {
    return unknown("PARTNER_NOT_ACTIVE", guest.id.str() + " is not an active partner here",
                   "ask the admin of the other side; `connector partner list` shows it there");
  }
  const std::int64_t now_s = clock_() / 1'000'000'000;
  const auto anchors = exchange::anchors_of(*partner, now_s);
  if (std::find(anchors.begin(), anchors.end(), guest.anchor_pem) == anchors.end()) {
    return unknown("ANCHOR_REPLACED",
                   "this connection was made under a trust anchor that is replaced",
                   "connect again with a certificate of the new one");
  }
  if (now_s >= guest.not_after_s) {
    return unknown("CERTIFICATE_EXPIRED", "the certificate of this connection has expired",
                   "connect again with a new one");
  }
  return core::ok();
}

core::Result<exchange::Caller> Guests::caller(std::string_view peer_name) {
  if (peer_name.starts_with(kGrpcScheme)) peer_name.remove_prefix(kGrpcScheme.size());
  std::shared_ptr<const Guest> guest;
  {
    std::shared_lock lock(mutex_);
    const auto found = guests_.find(std::string(peer_name));
    if (found != guests_.end()) guest = found->second;
  }
  if (!guest) {
    return unknown("CONNECTION_UNKNOWN", "this connection is closed already", "connect again");
  }
  if (auto welcomed = welcome(*guest); !welcomed) return std::move(welcomed.error());
  std::lock_guard lock(usage_mutex_);
  if (!usage_of(guest->id).calls.spend(steady_now())) return too_many("calls");
  return exchange::Caller{guest->id, guest->certificate_sha256};
}

core::Status Guests::released(const core::Connector& id, std::uint64_t bytes) {
  std::lock_guard lock(usage_mutex_);
  if (!usage_of(id).bytes.spend(steady_now(), static_cast<double>(bytes))) {
    return too_many("bytes");
  }
  return core::ok();
}

Guests::Usage& Guests::usage_of(const core::Connector& id) {
  return usage_
      .try_emplace(id, Usage{Allowance(calls_per_minute_, calls_per_minute_ / 60),
                             Allowance(bytes_per_minute_, bytes_per_minute_ / 60)})
      .first->second;
}

}  // namespace connector::edge
