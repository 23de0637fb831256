// fetch/<n>.json of an export: written one way, of one part, complete.
#include "core/limits.h"
#include "exchange/payload.h"
#include "exports.h"

namespace connector::testing {
namespace {

struct Exported {
  Exported() {
    two.introduce();
    two.add_orders(3 * core::limits::kBatchRecords);
    EXPECT_TRUE(two.fetch());
    two.wire->break_after = 2;
    broken = two.fetch().error().metadata.at("resume");
    two.wire->break_after = 0;
    EXPECT_TRUE(two.fetch(broken));
  }
  // The part of that side that has this member, which is not null.
  static std::string part_with(const Files& files, const char* member) {
    for (const auto& [path, bytes] : files) {
      if (path.rfind("fetch/", 0) != 0) continue;
      const auto json = *core::parse_untrusted(bytes);
      if (!json.find(member)->is_null()) return path;
    }
    return "none";
  }
  // The file with one member exchanged, or one more.
  static std::string with(const std::string& text, const std::string& member,
                          const core::Json& value) {
    const auto json = *core::parse_untrusted(text);
    core::Json bent = core::Json::object();
    for (const auto& [name, old] : json.members()) bent.set(name, name == member ? value : old);
    if (bent.find(member) == nullptr) bent.set(member, value);
    return core::to_pretty_text(bent);
  }

  TwoConnectors two;
  std::string broken;  // first request of the fetch that broke
};

TEST(ExportedParts, AreWrittenInOneWay) {
  Exported exported;
  const Files files = *export_of(exported.two, exported.two.provider_side);
  for (const std::string path : {"export.json", "fetch/0.json"}) {
    Files touched = files;
    touched.at(path) = core::to_text(*core::parse_untrusted(files.at(path))) + "\n";
    EXPECT_NE(verdict(touched).find("not written as"), std::string::npos);
    touched.at(path) = files.at(path) + " ";
    EXPECT_NE(verdict(touched).find("not written as"), std::string::npos);
    touched.at(path) = Exported::with(files.at(path), "comment", core::Json::string("x"));
    EXPECT_NE(verdict(touched).find("not known"), std::string::npos);
  }
}

TEST(ExportedParts, EveryMemberIsHeldAgainstTheEntries) {
  Exported exported;
  const Files files = *export_of(exported.two, exported.two.provider_side);
  const std::string path = Exported::part_with(files, "acknowledgement");
  const auto text = [](const char* value) { return core::Json::string(value); };
  const std::vector<std::pair<std::string, core::Json>> changes = {
      {"role", text("consumer")},
      {"role", text("")},
      {"partner", text("did:web:other.example/hengelo")},
      {"request_id", text("00000000-0000-4000-8000-000000000001")},
      {"first_request", text("00000000-0000-4000-8000-000000000001")},
      {"entries", core::Json::array()},
      {"entries", core::Json::array({text("2"), text("2")})},
      {"entries", core::Json::array({text("0")})},
      {"entries", core::Json::array({text("4000")})},
      {"receipt", core::Json()},
      {"acknowledgement", core::Json()},
      {"head", core::Json::object()}};
  for (const auto& [member, value] : changes) {
    Files touched = files;
    touched.at(path) = Exported::with(files.at(path), member, value);
    EXPECT_NE(verdict(touched), "verified") << member << " = " << core::to_text(value);
  }
}

TEST(ExportedParts, EveryEntryOfAFetchBelongsToOnePart) {
  Exported exported;
  Files files = *export_of(exported.two, exported.two.provider_side);
  const std::string path = Exported::part_with(files, "acknowledgement");
  const auto entries = core::parse_untrusted(files.at(path))->find("entries")->items();
  ASSERT_EQ(entries.size(), 3u);
  Files fewer = files;
  fewer.at(path) =
      Exported::with(files.at(path), "entries", core::Json::array({entries[1], entries[2]}));
  EXPECT_NE(verdict(fewer).find("the part that it belongs to is missing"), std::string::npos);
  // The same part a second time.
  auto index = *core::parse_untrusted(files.at("export.json"));
  const std::string fetches = index.text_at("fetches");
  files["fetch/" + fetches + ".json"] = files.at(path);
  files.at("export.json") =
      Exported::with(files.at("export.json"), "fetches", number_json(std::stoull(fetches) + 1));
  EXPECT_NE(verdict(files).find("another part as well"), std::string::npos);
}

// ---- heads of broken streams
// ---------------------------------------------------------------------

TEST(BrokenStream, ItsLastHeadIsProof) {
  Exported exported;
  const Files files = *export_of(exported.two, exported.two.consumer_side);
  const auto report = verified(files);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->text_at("batch_heads"), "1");
  const auto part = *core::parse_untrusted(files.at(Exported::part_with(files, "head")));
  EXPECT_EQ(part.text_at("first_request"), exported.broken);
  const auto payload = core::from_base64(part.find("head")->text_at("payload"));
  const auto head = *core::parse_untrusted(*payload);
  EXPECT_EQ(head.text_at("index"), "2");
  EXPECT_EQ(head.text_at("first_request"), exported.broken);
}

TEST(BrokenStream, AHeadThatIsMissingOrAnotherIsFound) {
  Exported exported;
  const Files files = *export_of(exported.two, exported.two.consumer_side);
  const std::string path = Exported::part_with(files, "head");
  Files touched = files;
  touched.at(path) = Exported::with(files.at(path), "head", core::Json());
  EXPECT_NE(verdict(touched).find("the batch head that it names is missing"), std::string::npos);
  // Signed by the provider as well, but of another batch.
  const auto other =
      sign_head(exported.broken, 1, core::sha256("another"), exported.two.provider_side.signer);
  touched.at(path) =
      Exported::with(files.at(path), "head", *core::parse_untrusted(to_json_text(other)));
  EXPECT_NE(verdict(touched).find("no entry of its part names it"), std::string::npos);
}

TEST(BrokenStream, WithoutABatchThereIsNoHead) {
  TwoConnectors two;
  two.introduce();
  two.policy.allow_ = false;
  ASSERT_FALSE(two.fetch());
  const auto report = verified(*export_of(two, two.consumer_side));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->text_at("batch_heads"), "0");
}

// A head counts only under the key in use where its part was closed.
TEST(BrokenStream, AHeadOfAKeyThatEndedMeanwhileIsNotKept) {
  TwoConnectors two;
  two.introduce();
  two.add_orders(3 * core::limits::kBatchRecords);
  two.wire->break_after = 1;
  two.wire->bend_batch = [&](ReceivedBatch&) { two.rotate_keys(); };
  ASSERT_FALSE(two.fetch());
  const auto report = verified(*export_of(two, two.consumer_side));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->text_at("batch_heads"), "0");
}

}  // namespace
}  // namespace connector::testing
