// Authorisation is one function: what can be had is what is listed, and what the tables say, for
// random policies, partners, datasets and purposes, decided by the real OPA.
#include "exchange/visibility.h"

#include <iostream>
#include <random>
#include <set>

#include "opa/company.h"
#include "support/memory_ports.h"

namespace connector::testing {
namespace {

constexpr unsigned kSeed = 20'260'101;
constexpr int kPolicies = 5;
constexpr int kPairs = 100'000;  // of all policies together
constexpr int kFetches = 400;    // of all together: each takes a row filter of OPA
constexpr int kPartners = 20;
constexpr int kDatasets = 12;
constexpr int kGroups = 4;
constexpr int kPurposes = 3;

using Chance = std::mt19937;

bool one_in(Chance& chance, unsigned n) {
  return chance() % n == 0;
}
std::set<int> some_of(Chance& chance, int count) {
  std::set<int> chosen{static_cast<int>(chance() % static_cast<unsigned>(count))};
  for (int i = 0; i < count; ++i) {
    if (one_in(chance, 4)) chosen.insert(i);
  }
  return chosen;
}
bool meet(const std::set<int>& one, const std::set<int>& other) {
  return std::any_of(one.begin(), one.end(), [&](int x) { return other.count(x) > 0; });
}

std::string partner_name(int number) {
  return "did:web:p" + std::to_string(number) + ".example";
}
std::string dataset_name(int number) {
  return "d" + std::to_string(number);
}
std::string purpose_name(int number) {
  return "purpose-" + std::to_string(number);
}
std::string list_of(const std::set<int>& groups) {
  std::string text;
  for (const int group : groups) text += (text.empty() ? "[g" : ", g") + std::to_string(group);
  return text + "]";
}

// A policy as a company could write it, and what it means, worked out without OPA.
struct RandomPolicy {
  explicit RandomPolicy(Chance& chance) {
    for (int p = 0; p < kPartners; ++p) {
      if (one_in(chance, 5)) continue;  // not listed
      groups_of[p] = some_of(chance, kGroups);
      if (one_in(chance, 4)) only_main.insert(p);
    }
    for (int d = 0; d < kDatasets; ++d) {
      if (one_in(chance, 6)) internal.insert(d);
      if (one_in(chance, 6)) continue;  // not listed
      seen_by[d] = some_of(chance, kGroups);
      for (int u = 0; u < kPurposes; ++u) {
        if (!one_in(chance, 3)) fetched_by[d][u] = some_of(chance, kGroups);
      }
    }
    for (int i = 0; i < 10; ++i) {
      denied.insert({chance() % kPartners, chance() % kDatasets});
      allowed.insert({chance() % kPartners, chance() % kDatasets});
    }
  }

  bool grouped(int partner, const std::string& site, const std::set<int>& wanted) const {
    const auto found = groups_of.find(partner);
    if (found == groups_of.end() || (only_main.count(partner) && site != "main")) return false;
    return meet(found->second, wanted);
  }
  bool visible(int partner, const std::string& site, int dataset) const {
    const auto found = seen_by.find(dataset);
    const std::pair<unsigned, unsigned> both(partner, dataset);
    if (found == seen_by.end() || internal.count(dataset) || denied.count(both)) return false;
    return allowed.count(both) || grouped(partner, site, found->second);
  }
  bool fetchable(int partner, const std::string& site, int dataset, int purpose) const {
    if (!visible(partner, site, dataset)) return false;
    if (allowed.count({partner, dataset})) return true;
    const auto& purposes = fetched_by.find(dataset);
    if (purposes == fetched_by.end() || !purposes->second.count(purpose)) return false;
    return grouped(partner, site, purposes->second.at(purpose));
  }

  void write(const Company& company) const {
    std::string partners = "version: 1\npartners:\n";
    for (const auto& [p, groups] : groups_of) {
      partners += "  " + partner_name(p) + ":\n    groups: " + list_of(groups) + "\n";
      if (only_main.count(p)) partners += "    sites: [main]\n";
    }
    std::string datasets = "version: 1\ngroups:\n";
    for (int g = 0; g < kGroups; ++g) datasets += "  g" + std::to_string(g) + ": a group\n";
    datasets += "datasets:\n";
    for (const auto& [d, groups] : seen_by) {
      datasets +=
          "  " + dataset_name(d) + ":\n    groups: " + list_of(groups) + "\n    rows: [all]\n";
    }
    std::string purposes = "version: 1\npurposes:\n";
    for (const auto& [d, of_purpose] : fetched_by) {
      purposes += "  " + dataset_name(d) + ":\n";
      for (const auto& [u, groups] : of_purpose) {
        purposes += "    " + purpose_name(u) + ": " + list_of(groups) + "\n";
      }
    }
    std::string rego = "package company\n\n";
    for (const auto& [pairs, head] :
         {std::pair{&denied, "deny contains \"generated\""}, std::pair{&allowed, "allow"}}) {
      for (const auto& [p, d] : *pairs) {
        rego += std::string(head) + " if {\n\tinput.subject.participant == \"" +
                partner_name(static_cast<int>(p)) + "\"\n\tinput.resource.dataset == \"" +
                dataset_name(static_cast<int>(d)) + "\"\n}\n\n";
      }
    }
    company.write("partners.yaml", partners);
    company.write("datasets.yaml", datasets);
    company.write("purposes.yaml", purposes);
    company.write("labels.yaml", "version: 1\nlabels:\n" + shown_to_all());
    company.write("company.rego", rego);
  }
  std::vector<exchange::DatasetInfo> configured() const {
    std::vector<exchange::DatasetInfo> all;
    for (int d = 0; d < kDatasets; ++d) {
      all.push_back({core::DatasetId(dataset_name(d)), "", {"order_line"}, {}});
      if (internal.count(d)) all.back().labels = {"internal"};
    }
    return all;
  }

 private:
  static std::string shown_to_all() {
    std::string text;
    for (const char* label :
         {"open", "confidential", "personal", "process", "unchecked", "origin"}) {
      text += std::string("  ") + label + ":\n    - {then: show}\n";
    }
    return text;
  }
  std::map<int, std::set<int>> groups_of;
  std::set<int> only_main;
  std::set<int> internal;
  std::map<int, std::set<int>> seen_by;
  std::map<int, std::map<int, std::set<int>>> fetched_by;
  std::set<std::pair<unsigned, unsigned>> denied;
  std::set<std::pair<unsigned, unsigned>> allowed;
};

// On a busy machine OPA may miss the connector's deadline, which is a refusal and no answer.
template <typename Ask>
auto answered(Ask ask) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto answer = ask();
  while (!answer && std::chrono::steady_clock::now() < end) answer = ask();
  if (!answer) throw std::runtime_error("no decision: " + answer.error().message);
  return std::move(*answer);
}

struct Tally {
  int pairs = 0;
  int seen = 0;
  int fetches = 0;
  int fetched = 0;
};

class OneFunction {
 public:
  OneFunction(const RandomPolicy& policy, exchange::DecisionPoint& decisions)
      : policy_(policy),
        decisions_(decisions),
        datasets_(std::make_shared<const std::vector<exchange::DatasetInfo>>(policy.configured())),
        visibility_(
            {core::ParticipantId("did:web:self.example"), core::SiteName("main")},
            [this] { return datasets_; }, partners_, decisions, wall_clock) {}

  // One caller: its list, and each of so many datasets by itself. The last two do not exist.
  void check_caller(Chance& chance, int gets, Tally& tally) {
    const int partner = static_cast<int>(chance() % kPartners);
    const std::string site = one_in(chance, 3) ? "branch" : "main";
    const core::Connector caller{core::ParticipantId(partner_name(partner)), core::SiteName(site)};
    std::set<std::string> listed;
    for (const auto& one : answered([&] { return visibility_.list(caller); })) {
      listed.insert(one.id.str());
    }
    for (int i = 0; i < gets; ++i) {
      const int dataset = static_cast<int>(chance() % (kDatasets + 2));
      const core::DatasetId id(dataset_name(dataset));
      const bool got = gets_it(caller, id);
      ASSERT_EQ(got, listed.count(id.str()) > 0) << caller.str() << " " << id.str();
      ASSERT_EQ(got, dataset < kDatasets && policy_.visible(partner, site, dataset))
          << caller.str() << " " << id.str() << ": the tables say otherwise";
      ++tally.pairs;
      tally.seen += got ? 1 : 0;
    }
  }

  // Records can be had exactly where the purpose permits it, and never of what is not listed.
  void check_fetch(Chance& chance, Tally& tally) {
    const int partner = static_cast<int>(chance() % kPartners);
    const int dataset = static_cast<int>(chance() % kDatasets);
    const int purpose = static_cast<int>(chance() % (kPurposes + 1));
    const core::Connector caller{core::ParticipantId(partner_name(partner)),
                                 core::SiteName("main")};
    const auto& info = datasets_->at(static_cast<std::size_t>(dataset));
    decision::Question question = visibility_.question("fetch", caller, info);
    question.purpose = core::Purpose(purpose_name(purpose));
    const auto decided = answered([&] { return decisions_.decide(question); });
    const std::string what = caller.str() + " " + info.id.str() + " " + purpose_name(purpose);
    ASSERT_EQ(decided->allow, policy_.fetchable(partner, "main", dataset, purpose)) << what;
    ASSERT_TRUE(!decided->allow || gets_it(caller, info.id)) << what;
    ++tally.fetches;
    tally.fetched += decided->allow ? 1 : 0;
  }

 private:
  bool gets_it(const core::Connector& caller, const core::DatasetId& id) const {
    return answered([&]() -> core::Result<bool> {
      const auto got = visibility_.get(caller, id);
      if (got) return true;
      if (got.error().reason == "DATASET_NOT_FOUND") return false;
      return got.error();
    });
  }

  const RandomPolicy& policy_;
  exchange::DecisionPoint& decisions_;
  const std::shared_ptr<const std::vector<exchange::DatasetInfo>> datasets_;
  MemoryPartners partners_;
  exchange::Visibility visibility_;
};

TEST(Visibility, WhatCanBeHadIsWhatIsListedForRandomPolicies) {
  Chance chance(kSeed);
  Tally tally;
  for (int round = 0; round < kPolicies; ++round) {
    const RandomPolicy policy(chance);
    const Company company;
    policy.write(company);
    std::filesystem::remove(company.path("policy") / "company_test.rego");
    auto options = company.options();
    options.datasets = policy.configured();
    const auto engine = company.start(std::move(options));
    ASSERT_NE(engine, nullptr);
    OneFunction one(policy, *engine);
    while (tally.pairs < kPairs / kPolicies * (round + 1) && !::testing::Test::HasFailure()) {
      one.check_caller(chance, 10, tally);
    }
    while (tally.fetches < kFetches / kPolicies * (round + 1) && !::testing::Test::HasFailure()) {
      one.check_fetch(chance, tally);
    }
  }
  std::cout << "  seed " << kSeed << ": " << tally.pairs << " pairs under " << kPolicies
            << " policies, " << tally.seen << " visible, 0 where list and get differ; "
            << tally.fetches << " fetches, " << tally.fetched << " allowed, all of listed ones\n";
  EXPECT_GT(tally.seen, kPairs / 20);
  EXPECT_LT(tally.seen, kPairs - kPairs / 20);
  EXPECT_GT(tally.fetched, kFetches / 20);
}

}  // namespace
}  // namespace connector::testing
