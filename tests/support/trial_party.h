// Companies for tests: each with a trial CA, certificates, and a place in a list of partners.
#pragma once

#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificates.h"
#include "exchange/ports.h"

namespace connector::testing {

constexpr std::int64_t kDay = 86'400;

struct TrialParty {
  core::Connector id;
  crypto::KeyAndCertificate ca;
  crypto::KeyAndCertificate server;
  crypto::KeyAndCertificate client;
};

inline crypto::KeyAndCertificate client_certificate(const TrialParty& issuer,
                                                    const core::Connector& id,
                                                    std::int64_t from_now_s,
                                                    std::int64_t to_from_now_s) {
  const std::int64_t now = std::time(nullptr);
  return *crypto::issue_certificate(issuer.ca, id, crypto::CertificateUsage::kClient, {},
                                    now + from_now_s, now + to_from_now_s);
}

inline crypto::KeyAndCertificate server_certificate(const TrialParty& issuer,
                                                    const core::Connector& id) {
  const std::int64_t now = std::time(nullptr);
  return *crypto::issue_certificate(issuer.ca, id, crypto::CertificateUsage::kServer, {"127.0.0.1"},
                                    now - kDay, now + kDay);
}

inline TrialParty trial_party(const std::string& participant, const std::string& site) {
  const std::int64_t now = std::time(nullptr);
  TrialParty party;
  party.id = {core::ParticipantId(participant), core::SiteName(site)};
  party.ca = *crypto::make_ca(party.id, site, now - kDay, now + 10 * kDay);
  party.server = server_certificate(party, party.id);
  party.client = client_certificate(party, party.id, -kDay, kDay);
  return party;
}

inline exchange::Partner partner_of(const TrialParty& party,
                                    std::vector<std::string> addresses = {}) {
  exchange::Partner partner;
  partner.id = party.id;
  partner.name = party.id.site.str();
  partner.addresses = std::move(addresses);
  partner.anchor_pem = party.ca.certificate_pem;
  return partner;
}

class PartnersInMemory final : public exchange::Partners {
 public:
  void put(exchange::Partner partner) {
    std::lock_guard lock(mutex_);
    const core::Connector id = partner.id;
    partners_[id] = std::move(partner);
  }
  void set_state(const core::Connector& id, exchange::PartnerState state) {
    std::lock_guard lock(mutex_);
    partners_.at(id).state = state;
  }
  std::optional<exchange::Partner> find(const core::Connector& id) const override {
    std::lock_guard lock(mutex_);
    const auto found = partners_.find(id);
    if (found == partners_.end()) return std::nullopt;
    return found->second;
  }
  std::vector<exchange::Partner> list() const override {
    std::lock_guard lock(mutex_);
    std::vector<exchange::Partner> all;
    for (const auto& [id, partner] : partners_) all.push_back(partner);
    return all;
  }
  std::vector<std::string> party_ids(const core::ParticipantId&) const override { return {}; }

 private:
  mutable std::mutex mutex_;
  std::map<core::Connector, exchange::Partner> partners_;
};

}  // namespace connector::testing
