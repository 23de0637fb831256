// What is hidden is not told by a value that was made of it. Records come from the example's
// documents, through the readers that make those values.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "core/digest.h"
#include "decision/field_program.h"
#include "record/document.h"
#include "reference_edit.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::test_hash;
using testing::test_hash_text;

FieldProgram compile(const std::vector<std::string>& visible,
                     const std::vector<FieldRule>& rules = {}) {
  auto program = FieldProgram::compile(visible, rules, test_hash);
  if (!program) throw std::runtime_error(program.error().message);
  return *program;
}

const std::vector<std::string>& every_kind() {
  static const std::vector<std::string> kKinds = {
      "order_line", "event", "measurement", "characteristic", "study", "item", "edge", "tombstone"};
  return kKinds;
}

FieldProgram without(const std::string& path) {
  return compile(every_kind(), {{path, FieldOp::kDrop, ""}});
}

std::vector<pb::Record> records_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  auto document = record::read(bytes);
  for (pb::Record& one : document.records) record::finish(one, core::view(core::sha256(bytes)));
  return std::move(document.records);
}

std::vector<pb::Record> example() {
  std::vector<pb::Record> all;
  const auto folder = std::filesystem::path(SOURCE_DIR) / "deploy" / "example";
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = file.path().extension();
    if (extension != ".xml" && extension != ".json" && extension != ".qif") continue;
    for (pb::Record& one : records_of(file.path())) all.push_back(std::move(one));
  }
  return all;
}

pb::Record edited(const FieldProgram& program, const pb::Record& record) {
  std::string room;
  const std::string bytes = record.SerializeAsString();
  const auto out = program.apply(bytes, room);
  pb::Record made;
  if (!out || !made.ParseFromString(std::string(*out))) throw std::runtime_error("not applied");
  return made;
}

// The texts at a path, and below it.
void texts_at(const Message& message, std::string_view path, std::vector<std::string>& out) {
  const auto dot = std::min(path.find('.'), path.size());
  const FieldDescriptor& field =
      *message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
  const auto& with = *message.GetReflection();
  const auto rest = path.substr(std::min(dot + 1, path.size()));
  const int size = field.is_repeated() ? with.FieldSize(message, &field)
                                       : static_cast<int>(with.HasField(message, &field));
  for (int i = 0; i < size; ++i) {
    if (field.message_type() != nullptr) {
      texts_at(field.is_repeated() ? with.GetRepeatedMessage(message, &field, i)
                                   : with.GetMessage(message, &field),
               rest, out);
    } else if (field.type() == FieldDescriptor::TYPE_STRING) {
      out.push_back(field.is_repeated() ? with.GetRepeatedString(message, &field, i)
                                        : with.GetString(message, &field));
    }
  }
}

// Whether the body says this text.
bool says(const pb::Record& record, const std::string& text) {
  pb::Record body = record;
  body.clear_header();
  return body.SerializeAsString().find(text) != std::string::npos;
}

// Every text of every record, hidden alone: it stands in no key, and no digest of it is left.
TEST(DerivedValues, TellNothingOfAnyHiddenText) {
  const auto records = example();
  ASSERT_GT(records.size(), 15u);
  int hidden = 0;
  for (const std::string& path : testing::leaf_paths()) {
    if (testing::field_at(path).type() != FieldDescriptor::TYPE_STRING) continue;
    if (path.ends_with(".ids.owner")) continue;  // made of buyer and seller itself
    const FieldProgram program = without(path);
    for (const pb::Record& record : records) {
      std::vector<std::string> texts;
      const auto* body = record.GetReflection()->GetOneofFieldDescriptor(
          record, pb::Record::descriptor()->FindOneofByName("body"));
      if (!path.starts_with(body->name() + ".")) continue;
      texts_at(record, path, texts);
      if (texts.empty()) continue;
      ++hidden;
      const pb::Record made = edited(program, record);
      EXPECT_FALSE(made.header().has_content_id()) << path;
      EXPECT_EQ(made.header().supersedes_size(), 0) << path;
      EXPECT_FALSE(made.header().has_source_sha256()) << path;
      EXPECT_EQ(made.header().flags_size(), 0) << path;
      for (const std::string& text : texts) {
        if (text.size() < 5) continue;   // "1" stands in any number
        if (says(made, text)) continue;  // in another field, which has a label of its own
        EXPECT_EQ(made.header().key().find(text), std::string::npos) << path << " " << text;
      }
    }
  }
  EXPECT_GT(hidden, 300);
}

struct Source {
  const char* hidden;
  std::vector<const char*> hashed;
};

std::vector<std::string> values_at(const pb::Record& record, const std::string& path) {
  std::vector<std::string> out;
  texts_at(record, path, out);
  return out;
}

TEST(DerivedValues, AKeyMadeOfAHiddenValueIsHashed) {
  const Source sources[] = {
      {"order_line.order_number", {"header.key"}},
      {"order_line.document_id", {"header.key"}},
      {"order_line.line_no", {"header.key"}},
      {"order_line.parent_line_no", {"header.key"}},
      {"order_line.buyer", {"header.key", "order_line.item.ids.owner"}},
      {"order_line.seller.ids.value", {"header.key", "order_line.item.ids.owner"}},
      {"event.event_id", {"header.key", "item.event_key", "edge.event_key"}},
      {"measurement.result_set", {"header.key"}},
      {"characteristic.characteristic_item", {"header.key"}},
      {"item.item.ids", {"header.key"}},
      {"edge.child", {"header.key"}},
      {"edge.parent.ids.value", {"header.key"}},
  };
  const auto records = example();
  for (const Source& source : sources) {
    const FieldProgram program = without(source.hidden);
    for (const char* derived : source.hashed) {
      const std::string path = derived;
      int found = 0;
      for (const pb::Record& record : records) {
        const auto* body = record.GetReflection()->GetOneofFieldDescriptor(
            record, pb::Record::descriptor()->FindOneofByName("body"));
        const std::string kind = path.substr(0, path.find('.'));
        if (kind != body->name() && kind != "header") continue;
        if (kind == "header" && !std::string(source.hidden).starts_with(body->name() + ".")) {
          continue;
        }
        const auto before = values_at(record, path);
        const auto after = values_at(edited(program, record), path);
        ASSERT_EQ(before.size(), after.size()) << source.hidden;
        for (std::size_t i = 0; i < before.size(); ++i) {
          EXPECT_EQ(after[i], test_hash_text(before[i])) << source.hidden << " " << path;
          ++found;
        }
      }
      EXPECT_GT(found, 0) << source.hidden << " " << path;
    }
  }
}

// Wherever an item stands in the schema.
TEST(DerivedValues, ItemKeysAreHashedWhereIdentifiersAreHidden) {
  int places = 0;
  for (const std::string& path : testing::leaf_paths()) {
    if (testing::field_at(path).containing_type() != pb::ItemRef::descriptor() ||
        !path.ends_with(".item_keys")) {
      continue;
    }
    ++places;
    const std::string item = path.substr(0, path.size() - sizeof "item_keys");
    EXPECT_FALSE(compile(every_kind()).hides(path)) << path;
    EXPECT_FALSE(without(item + ".name").hides(path)) << path;
    EXPECT_TRUE(without(item + ".ids").hides(path)) << path;
    EXPECT_TRUE(compile(every_kind(), {{item + ".ids.value", FieldOp::kTruncate, "4"}}).hides(path))
        << path;
    EXPECT_TRUE(compile({path}).hides(path)) << "not even by a label of its own: " << path;
  }
  EXPECT_EQ(places, 14);
  pb::Record record;
  pb::ItemRef& item = *record.mutable_order_line()->mutable_item();
  item.add_item_keys(std::string(16, 'k'));
  item.add_ids()->set_value("08712346000126");
  const pb::Record made = edited(without("order_line.item.ids"), record);
  EXPECT_EQ(made.order_line().item().item_keys(0), core::view(test_hash(std::string(16, 'k'))));
  EXPECT_EQ(made.order_line().item().ids_size(), 0);
}

// The key of an event without an id is a digest of all that it says.
TEST(DerivedValues, ADigestOfAnEventIsHashedWhereAnythingOfItIsHidden) {
  const std::string digest = "event/sha256:" + std::string(64, '0');
  pb::Record event;
  event.mutable_header()->set_key(digest);
  event.mutable_event()->set_disposition("in_transit");
  pb::Record edge;
  edge.mutable_header()->set_key("edge/event%2Fsha256:" + std::string(64, '0') + "/a/b");
  edge.mutable_edge()->set_event_key(digest);
  const FieldProgram some = without("event.disposition");
  EXPECT_EQ(edited(some, event).header().key(), test_hash_text(digest));
  EXPECT_EQ(edited(some, edge).header().key(), test_hash_text(edge.header().key()));
  EXPECT_EQ(edited(some, edge).edge().event_key(), test_hash_text(digest)) << "still names it";
  const FieldProgram all = compile(every_kind());
  EXPECT_EQ(edited(all, event).header().key(), digest);
  EXPECT_EQ(edited(all, edge).edge().event_key(), digest);

  event.mutable_header()->set_key("event/urn:uuid:1");
  edge.mutable_header()->set_key("edge/event%2Furn:uuid:1/a/b");
  edge.mutable_edge()->set_event_key("event/urn:uuid:1");
  edge.mutable_header()->set_content_id(std::string(32, 'c'));
  EXPECT_EQ(edited(some, event).header().key(), "event/urn:uuid:1");
  EXPECT_EQ(edited(some, edge).SerializeAsString(), edge.SerializeAsString());
}

pb::Record tombstone_of(const std::string& key, pb::Kind kind) {
  pb::Record record;
  record.mutable_header()->set_key("tombstone/" + key);
  record.mutable_header()->set_content_id(std::string(32, 't'));
  pb::Tombstone& body = *record.mutable_tombstone();
  body.set_withdrawn_key(key);
  body.set_withdrawn_content_id(std::string(32, 'c'));
  body.set_withdrawn_kind(kind);
  return record;
}

TEST(DerivedValues, ATombstoneNamesItsRecordAsTheRecordWasNamed) {
  const std::string key = "order/PO-7/Order/PO-7/1";
  const pb::Record tombstone = tombstone_of(key, pb::KIND_ORDER_LINE);
  pb::Record line;
  line.mutable_header()->set_key(key);
  line.mutable_order_line()->set_order_number("PO-7");
  line.mutable_order_line()->mutable_price()->set_currency("EUR");

  const FieldProgram all = compile(every_kind());
  EXPECT_EQ(edited(all, tombstone).SerializeAsString(), tombstone.SerializeAsString());

  const FieldProgram priceless = without("order_line.price");
  pb::Record made = edited(priceless, tombstone);
  EXPECT_EQ(made.tombstone().withdrawn_key(), key);
  EXPECT_FALSE(made.tombstone().has_withdrawn_content_id()) << "a digest over the price";
  EXPECT_FALSE(made.header().has_content_id()) << "a digest over that digest";
  EXPECT_EQ(made.header().key(), "tombstone/" + key);

  const FieldProgram numberless = without("order_line.order_number");
  made = edited(numberless, tombstone);
  EXPECT_EQ(made.tombstone().withdrawn_key(), edited(numberless, line).header().key());
  EXPECT_EQ(made.SerializeAsString().find("PO-7"), std::string::npos);
  EXPECT_FALSE(made.tombstone().has_withdrawn_content_id());

  const pb::Record other = tombstone_of("event/1", pb::KIND_EVENT);
  EXPECT_EQ(edited(numberless, other).SerializeAsString(), other.SerializeAsString());
}

TEST(DerivedValues, ATombstoneOfWhatIsNotShownDoesNotLeave) {
  const FieldProgram program = compile({"order_line", "tombstone"});
  std::string room;
  const auto leaves = [&](pb::Kind kind) {
    return program.apply(tombstone_of("key", kind).SerializeAsString(), room).has_value();
  };
  EXPECT_TRUE(leaves(pb::KIND_ORDER_LINE));
  EXPECT_FALSE(leaves(pb::KIND_EVENT));
  EXPECT_FALSE(leaves(pb::KIND_UNSPECIFIED));
  EXPECT_FALSE(leaves(pb::KIND_TOMBSTONE));
  EXPECT_FALSE(leaves(static_cast<pb::Kind>(9)));
}

TEST(DerivedValues, TwoSpellingsGoTogetherUnlessThePolicyNamesBoth) {
  const FieldProgram truncated =
      compile({"order_line"}, {{"order_line.issued.text", FieldOp::kTruncate, "10"}});
  pb::Record record;
  pb::Instant& issued = *record.mutable_order_line()->mutable_issued();
  issued.set_text("2026-01-05T10:11:12+01:00");
  issued.set_epoch_ns(1767604272000000000);
  issued.set_offset_min(60);
  const pb::Instant made = edited(truncated, record).order_line().issued();
  EXPECT_EQ(made.text(), "2026-01-05");
  EXPECT_FALSE(made.has_epoch_ns());
  EXPECT_FALSE(made.has_offset_min());
  EXPECT_TRUE(truncated.hides("order_line.issued.epoch_ns"));

  EXPECT_TRUE(without("order_line.buyer.ids.raw").hides("order_line.buyer.ids.value"));
  EXPECT_TRUE(without("order_line.status_raw").hides("order_line.status"));
  EXPECT_TRUE(without("order_line.issued.epoch_ns").hides("order_line.issued.text"));
  EXPECT_FALSE(
      compile({"order_line", "order_line.status"}, {{"order_line.status_raw", FieldOp::kDrop, ""}})
          .hides("order_line.status"));
  EXPECT_FALSE(compile({"order_line.issued.epoch_ns"}).hides("order_line.issued.epoch_ns"));
  EXPECT_FALSE(without("order_line.notes").hides("order_line.status"));
}

TEST(DerivedValues, AVerdictComputedOfHiddenLimitsIsWithheld) {
  for (const char* path : {"measurement.tolerance", "measurement.value", "measurement.status"}) {
    EXPECT_TRUE(without(path).hides("measurement.recomputed_status")) << path;
  }
  EXPECT_FALSE(without("measurement.operator").hides("measurement.recomputed_status"));
}

TEST(DerivedValues, ABatchSaysWhatIsHashedOrWithheldForThem) {
  const auto masked = [](const FieldProgram& program, const std::vector<std::string>& kinds) {
    std::string text;
    for (const FieldRule& rule : program.masked(kinds)) {
      text += rule.path + (rule.op == FieldOp::kDrop ? " dropped\n" : " hashed\n");
    }
    return text;
  };
  EXPECT_EQ(masked(compile(every_kind()), {}), "");
  EXPECT_EQ(masked(without("order_line.price"), {"order_line"}),
            "order_line.price dropped\ntombstone.withdrawn_content_id dropped\n"
            "header.content_id dropped\nheader.supersedes dropped\nheader.source_sha256 dropped\n"
            "header.flags dropped\n");
  EXPECT_EQ(masked(without("order_line.price"), {"event"}), "");
  EXPECT_EQ(masked(without("event.event_id"), {"edge"}),
            "edge.event_key hashed\ntombstone.withdrawn_key hashed\n"
            "tombstone.withdrawn_content_id dropped\nheader.content_id dropped\n"
            "header.key hashed\nheader.supersedes dropped\nheader.source_sha256 dropped\n"
            "header.flags dropped\n");
}

}  // namespace
}  // namespace connector::decision
