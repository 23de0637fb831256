// Exports of the log and their verification: what is sound passes, what was touched is found.
#include "exchange/audit.h"

#include <gtest/gtest.h>

#include <random>

#include "core/limits.h"
#include "evidence/log_entry.h"
#include "evidence/tiles.h"
#include "exports.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

// Entries that no fetch made, in one commit.
void grow(Side& side, std::size_t count) {
  Commit commit;
  for (std::size_t i = 0; i < count; ++i) {
    Change change;
    change.kind = "config.reloaded";
    change.self = side.self;
    change.detail = std::to_string(i);
    commit.entries.push_back(entry_change(
        change, [&](std::size_t size) { return std::string(size, static_cast<char>(i)); }));
  }
  side.log.append(std::move(commit), [](const core::Result<LogSpan>&) {});
  side.log.settle();
}

// Three fetches, one of which broke and was resumed.
void exchange_some(TwoConnectors& two) {
  two.introduce();
  two.add_orders(3 * core::limits::kBatchRecords);
  ASSERT_TRUE(two.fetch());
  two.wire->break_after = 1;
  const auto broken = two.fetch();
  ASSERT_FALSE(broken);
  two.wire->break_after = 0;
  ASSERT_TRUE(two.fetch(broken.error().metadata.at("resume")));
  two.wire->lose_acknowledgement = true;
  ASSERT_TRUE(two.fetch());
}

TEST(Audit, BothSidesVerifyOffline) {
  TwoConnectors two;
  exchange_some(two);
  const auto files = export_of(two, two.provider_side);
  ASSERT_TRUE(files);
  const auto provider = verified(*files);
  ASSERT_TRUE(provider) << provider.error().message;
  EXPECT_EQ(provider->text_at("receipts"), "3");
  EXPECT_EQ(provider->text_at("acknowledgements"), "2");
  EXPECT_EQ(provider->text_at("connector"), brink().str());
  EXPECT_TRUE(provider->find("unverified")->items().empty());
  EXPECT_EQ(provider->text_at("batch_heads"), "0");
  const core::Json& countersigned = provider->find("countersigned")->items().at(0);
  EXPECT_EQ(countersigned.text_at("connector"), veldkamp().str());
  EXPECT_NE(countersigned.text_at("entries"), "0");
  const auto consumer = verified(*export_of(two, two.consumer_side));
  ASSERT_TRUE(consumer) << consumer.error().message;
  EXPECT_EQ(consumer->text_at("receipts"), "3");
  EXPECT_EQ(consumer->text_at("acknowledgements"), "3");
  EXPECT_EQ(consumer->text_at("partner_checkpoints"), "3");
  EXPECT_EQ(consumer->text_at("batch_heads"), "1");
}

TEST(Audit, TheSmallestLogAndEveryBorderOfTilesVerify) {
  for (const std::size_t size : {1u, 2u, 255u, 256u, 257u, 512u, 70'000u}) {
    Side side(brink(), 1, 2);
    side.log_introduction(evidence::kSelfIntroduced, side);
    grow(side, size - 1);
    const auto files = export_of(side);
    ASSERT_TRUE(files);
    const auto report = verified(*files);
    ASSERT_TRUE(report) << size << ": " << report.error().message;
    EXPECT_EQ(report->text_at("entries"), std::to_string(size));
  }
}

TEST(Audit, LaysOutTheFilesOfTheSpecification) {
  Side side(brink(), 1, 2);
  side.log_introduction(evidence::kSelfIntroduced, side);
  grow(side, 69'999);
  const auto files = export_of(side);
  ASSERT_TRUE(files);
  std::map<std::string, std::size_t> count;
  for (const auto& [path, bytes] : *files) {
    if (path.rfind("tile/", 0) != 0) continue;
    const bool partial = path.find(".p/") != std::string::npos;
    ++count[path.substr(5, path.find('/', 5) - 5) + (partial ? " partial" : " full")];
  }
  const std::map<std::string, std::size_t> expected = {
      {"entries full", 273}, {"entries partial", 1}, {"0 full", 273}, {"0 partial", 1},
      {"1 full", 1},         {"1 partial", 1},       {"2 partial", 1}};
  EXPECT_EQ(count, expected);
  EXPECT_EQ(files->at("tile/0/273.p/112").size(), 112u * 32);
  EXPECT_EQ(files->count("tile/1/001.p/17"), 1u);
  EXPECT_EQ(files->count("tile/2/000.p/1"), 1u);
}

// Every one of 12,000 random single-bit flips, over all files of both exports.
TEST(Audit, FindsEverySingleBitFlip) {
  TwoConnectors two;
  exchange_some(two);
  two.rotate_keys();
  const std::string agreement = two.agree();
  ASSERT_TRUE(two.fetch({}, {}, agreement));
  two.delete_received(agreement);
  std::mt19937_64 random(20260729);
  grow(two.provider_side, 250);
  for (const Side* side : {&two.provider_side, &two.consumer_side}) {
    Files files = *export_of(two, *side);
    ASSERT_TRUE(verified(files));
    ASSERT_EQ(files.count("agreement/0.json"), 1u);
    ASSERT_EQ(files.count("statement/0.json"), 1u);
    std::vector<std::string> paths;
    std::vector<std::size_t> sizes;
    for (const auto& [path, bytes] : files) {
      paths.push_back(path);
      sizes.push_back(bytes.size());
    }
    std::discrete_distribution<std::size_t> weighted(sizes.begin(), sizes.end());
    for (int flip = 0; flip < 6'000; ++flip) {
      // Every other one by file, so that the small ones have their share.
      const std::string& path = paths[flip % 2 == 0 ? random() % paths.size() : weighted(random)];
      std::string& bytes = files.at(path);
      const std::size_t bit = random() % (8 * bytes.size());
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      const auto report = verified(files);
      ASSERT_FALSE(report) << path << ", bit " << bit;
      ASSERT_EQ(report.error().reason, "EXPORT_INVALID") << path << ", bit " << bit;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    }
    EXPECT_TRUE(verified(files));
  }
}

TEST(Audit, FindsEveryMissingFile) {
  TwoConnectors two;
  exchange_some(two);
  const Files files = *export_of(two, two.provider_side);
  for (const auto& [path, bytes] : files) {
    Files fewer = files;
    fewer.erase(path);
    const auto report = verified(fewer);
    ASSERT_FALSE(report) << path;
    EXPECT_EQ(report.error().metadata.at("file"), path);
  }
}

TEST(Audit, NamesFileAndPlace) {
  TwoConnectors two;
  exchange_some(two);
  Files files = *export_of(two, two.provider_side);
  const std::string tile = evidence::tile_path(0, 0, two.provider_side.log.size());
  files.at(tile)[3 * 32] ^= 1;
  const auto report = verified(files);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().metadata.at("file"), tile);
  EXPECT_EQ(report.error().metadata.at("place"), "hash 3");
}

TEST(Audit, FindsStatementsThatWereTouchedMovedOrLeftOut) {
  TwoConnectors two;
  exchange_some(two);
  const Files files = *export_of(two, two.provider_side);
  std::string with_receipt;
  for (const auto& [path, bytes] : files) {
    if (bytes.find("receipt.v1+json") != std::string::npos) with_receipt = path;
  }
  const auto broken = [&](const std::function<void(Files&)>& touch) {
    Files touched = files;
    touch(touched);
    return !verified(touched).has_value();
  };
  EXPECT_TRUE(broken([&](Files& f) {
    auto json = *core::parse_untrusted(f.at(with_receipt));
    core::Json without = core::Json::object();
    for (const auto& [key, value] : json.members()) {
      without.set(key, key == "receipt" ? core::Json() : value);
    }
    f.at(with_receipt) = core::to_text(without);
  }));
  EXPECT_TRUE(
      broken([&](Files& f) { replace(f.at(with_receipt), "\"sig\": \"", "\"sig\": \"AA"); }));
  EXPECT_TRUE(broken([&](Files& f) { replace(f.at(with_receipt), "provider", "consumer"); }));
  EXPECT_TRUE(broken([&](Files& f) { f.at(with_receipt) = "{}"; }));
  EXPECT_TRUE(
      broken([&](Files& f) { replace(f.at("export.json"), "\"v\": \"1\"", "\"v\": \"2\""); }));
  EXPECT_TRUE(broken([&](Files& f) { replace(f.at("export.json"), "almelo", "enschede"); }));
}

TEST(Audit, AcceptsTheExpectedLogKeyAlone) {
  Side side(brink(), 1, 2);
  side.log_introduction(evidence::kSelfIntroduced, side);
  grow(side, 3);
  const Files files = *export_of(side);
  EXPECT_TRUE(verified(files, side.log_key_text()));
  EXPECT_FALSE(verified(files, Side(brink(), 1, 0).log_key_text()));
}

TEST(Audit, ShowsASplitViewThatTheLogHolds) {
  TwoConnectors two;
  two.introduce();
  two.add_orders(1);
  ASSERT_TRUE(two.fetch());
  // A second checkpoint of the partner, of the same size as the one that is on record.
  const auto seen = two.consumer_side.log.checkpoint_of(brink());
  const auto size = evidence::own_checkpoint(seen)->size;
  Side forked(brink(), 1, 2);
  for (std::uint64_t i = 0; i < size; ++i) forked.log.put_entry("fork " + std::to_string(i));
  evidence::LogEntry entry;
  entry.kind = "checkpoint.seen";
  entry.self = veldkamp();
  entry.partner = brink();
  entry.checkpoint = *forked.checkpoint();
  entry.nonce = std::string(64, '0');
  two.consumer_side.log.put_entry(evidence::to_bytes(entry));
  const auto report = verified(*export_of(two, two.consumer_side));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->find("split_views")->items().size(), size == 0 ? 0u : 1u);
}

TEST(Audit, ShowsEntriesToPeople) {
  TwoConnectors two;
  two.add_orders(1);
  ASSERT_TRUE(two.fetch());
  const auto json = entry_to_json(1, two.provider_side.log.entries()[1]);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->text_at("index"), "1");
  EXPECT_EQ(json->text_at("kind"), "fetch.closed");
  EXPECT_EQ(json->text_at("time"), "2025-06-15T15:06:40Z");
  EXPECT_EQ(json->text_at("partner"), veldkamp().str());
  EXPECT_EQ(json->text_at("leaf_hash"),
            core::hex(evidence::leaf_hash(two.provider_side.log.entries()[1])));
  EXPECT_FALSE(entry_to_json(0, "{}"));
}

}  // namespace
}  // namespace connector::testing
