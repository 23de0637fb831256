#include "decision/known_fields.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include "decision/field_program.h"
#include "random_record.h"
#include "reference_edit.h"

namespace connector::testing {
namespace {

namespace pb = ::valuechain::record::v1;
using decision::FieldOp;
using decision::FieldProgram;

TEST(KnownFields, AnUnknownFieldIsSeenWhereverItStands) {
  RandomRecord random(31);
  for (int n = 0; n < 40; ++n) {
    const pb::Record record = random.make(60);
    ASSERT_TRUE(decision::wholly_known(record.SerializeAsString()));
    for (std::size_t place = 0; place < messages_in(record); ++place) {
      pb::Record more = record;
      add_unknown_field(more, place);
      ASSERT_FALSE(decision::wholly_known(more.SerializeAsString())) << place;
    }
    const std::string outside = record.SerializeAsString() + std::string("\xA2\x38\x01x", 4);
    ASSERT_FALSE(decision::wholly_known(outside)) << "beside the body";
  }
}

TEST(KnownFields, BrokenBytesAreNotKnown) {
  pb::Record record;
  record.mutable_order_line()->set_line_no("1");
  const std::string bytes = record.SerializeAsString();
  EXPECT_TRUE(decision::wholly_known(bytes));
  EXPECT_FALSE(decision::wholly_known(bytes.substr(0, bytes.size() - 1)));
  EXPECT_FALSE(decision::wholly_known(bytes + '\x08'));
  EXPECT_FALSE(decision::wholly_known("\x08\x01")) << "a header that is a number";
}

// Of a record that is known, looking at every field tells nothing more.
TEST(KnownFields, AProgramEditsAKnownRecordTheSame) {
  const google::protobuf::LogSilencer quiet;
  RandomRecord random(32);
  const std::vector<std::string> kinds{"order_line", "event", "measurement", "item", "edge"};
  const std::vector<FieldProgram> programs{
      FieldProgram::compile(kinds, {}, test_hash).value(),
      FieldProgram::compile({"order_line.item", "event"}, {}, test_hash).value(),
      FieldProgram::compile(kinds,
                            {{"order_line.price", FieldOp::kDrop, ""},
                             {"order_line.document_id", FieldOp::kHash, ""},
                             {"order_line.item.name", FieldOp::kTruncate, "1"}},
                            test_hash)
          .value()};
  int known = 0;
  for (int n = 0; n < 4000; ++n) {
    std::string bytes = random.make(50).SerializeAsString();
    if (n % 2 == 0) bytes = mutated(bytes, random);
    if (!decision::wholly_known(bytes)) continue;
    ++known;
    for (const FieldProgram& program : programs) {
      std::string room;
      std::string other;
      ASSERT_EQ(program.apply(bytes, room, true), program.apply(bytes, other, false));
    }
  }
  EXPECT_GT(known, 2000);
}

TEST(KnownFields, TheMarkIsOneNumberThatIsNotZero) {
  EXPECT_NE(decision::schema_mark(), 0);
  EXPECT_EQ(decision::schema_mark(), decision::schema_mark());
}

}  // namespace
}  // namespace connector::testing
