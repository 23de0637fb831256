// A company with the example policy, one customer and one recycler in its table, and the real OPA.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/limits.h"
#include "opa/policy_engine.h"
#include "policy/policy_files.h"
#include "support/temp_dir.h"

namespace connector::testing {

inline const char* kCustomer = "did:web:customer.example";
inline const char* kRecycler = "did:web:recycler.example";

// What is decided must not depend on how busy the machine is; what is tested for the time that it
// takes asks with core::limits::kDecisionTime instead.
inline constexpr std::chrono::seconds kPatience{10};

inline std::string opa_path() {
  const char* named = std::getenv("CONNECTOR_OPA");
  return named && *named ? named : std::string(SOURCE_DIR) + "/.cache/opa/opa";
}

inline std::string random_bytes(std::size_t size) {
  static thread_local std::mt19937_64 source{std::random_device{}()};
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(source());
  return bytes;
}

template <typename Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

inline core::EpochNs wall_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Process ids of the OPA processes whose bundle lies in this folder.
inline std::vector<pid_t> opa_processes(const std::filesystem::path& dir) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(entry.path() / "cmdline", std::ios::binary);
    const std::string line((std::istreambuf_iterator<char>(in)), {});
    if (line.find(dir.string()) != std::string::npos && line.find("--server") != line.npos) {
      found.push_back(std::stoi(name));
    }
  }
  return found;
}

class Company {
 public:
  Company() {
    for (const auto& file : policy::example_files()) {
      if (file.path.starts_with("cases/"))
        continue;  // tests edit the tables: cases_test.cc has its own
      dir_.write("policy/" + std::string(file.path), file.content);
    }
    write("partners.yaml", std::string("partners:\n  ") + kCustomer +
                               ":\n    groups: [customer]\n  " + kRecycler +
                               ":\n    groups: [recycler]\n");
  }

  std::filesystem::path path(const std::string& name) const { return dir_ / name; }
  void write(const std::string& file, const std::string& text) const {
    dir_.write("policy/" + file, text);
  }
  std::string text(const std::string& file) const { return read_file(dir_ / ("policy/" + file)); }
  void append(const std::string& file, const std::string& more) const {
    write(file, text(file) + more);
  }
  void replace(const std::string& file, const std::string& old, const std::string& with) const {
    std::string all = text(file);
    const auto at = all.find(old);
    ASSERT_NE(at, std::string::npos) << file << " has no " << old;
    write(file, all.replace(at, old.size(), with));
  }

  opa::PolicyEngine::Options options() const {
    opa::PolicyEngine::Options options;
    options.dir = dir_ / "data";
    options.run_dir = dir_ / "run";
    options.folder = dir_ / "policy";
    options.opa = opa_path();
    options.decision_time = kPatience;
    options.self = {core::ParticipantId("did:web:self.example"), core::SiteName("main")};
    options.datasets = {
        {core::DatasetId("default"), "", {}, {"internal"}},
        {core::DatasetId("orders"), "", {"order_line"}, {"orders"}},
        {core::DatasetId("quality"), "", {"measurement", "characteristic", "study"}, {"quality"}},
        {core::DatasetId("traceability"), "", {"event", "item", "edge"}, {"traceability"}}};
    options.clock = wall_clock;
    options.random = random_bytes;
    return options;
  }

  std::unique_ptr<opa::PolicyEngine> start(opa::PolicyEngine::Options with) const {
    auto engine = opa::PolicyEngine::start(std::move(with));
    EXPECT_TRUE(engine) << (engine ? "" : engine.error().message);
    return engine ? std::move(*engine) : nullptr;
  }
  std::unique_ptr<opa::PolicyEngine> start() const { return start(options()); }
  // With the time for a decision that a connector has.
  std::unique_ptr<opa::PolicyEngine> start_in_earnest() const {
    auto with = options();
    with.decision_time = core::limits::kDecisionTime;
    return start(std::move(with));
  }

  static decision::Question question(const std::string& dataset = "orders",
                                     const std::string& purpose = "order-tracking",
                                     const std::string& participant = kCustomer) {
    decision::Question question;
    question.point = "fetch";
    question.caller = {core::ParticipantId(participant), core::SiteName("main")};
    question.self = {core::ParticipantId("did:web:self.example"), core::SiteName("main")};
    question.request_id = "00000000-0000-4000-8000-000000000001";
    question.purpose = core::Purpose(purpose);
    question.dataset = core::DatasetId(dataset);
    question.dataset_labels = {dataset};
    if (dataset == "orders") question.kinds = {"order_line"};
    if (dataset == "quality") question.kinds = {"measurement", "characteristic", "study"};
    if (dataset == "traceability") question.kinds = {"event", "item", "edge"};
    question.party_ids = {"gln:8712345000004"};
    question.now_s = wall_clock() / 1'000'000'000;
    return question;
  }

 private:
  TempDir dir_;
};

}  // namespace connector::testing
