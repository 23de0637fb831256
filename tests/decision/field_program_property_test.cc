// The field program against an implementation over parsed messages, on random records, policies
// and broken bytes.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "decision/field_program.h"
#include "random_record.h"
#include "reference_edit.h"

namespace connector::testing {
namespace {

namespace pb = ::valuechain::record::v1;
using decision::FieldOp;
using decision::FieldRule;
using google::protobuf::FieldDescriptor;

// Any operation; the ones that do not fit their field are refused and not taken.
FieldRule random_rule(RandomRecord& random, const std::vector<std::string>& paths) {
  FieldRule rule{random.pick(paths), static_cast<FieldOp>(random.below(5)), {}};
  const bool text = rule.op == FieldOp::kReplace;
  rule.argument = text ? random.pick(decimal_pool()) : std::to_string(random.below(4));
  return rule;
}

ReferencePolicy random_policy(RandomRecord& random) {
  const std::vector<std::string> paths = all_paths();
  ReferencePolicy policy;
  for (std::size_t i = random.below(400); i > 0; --i) policy.visible.push_back(random.pick(paths));
  for (const char* kind : {"order_line", "event", "measurement", "study", "edge", "item"}) {
    if (random.below(2) == 0) policy.visible.emplace_back(kind);
  }
  for (std::size_t i = random.below(200); i > 0; --i) {
    auto rules = policy.rules;
    rules.push_back(random_rule(random, paths));
    if (decision::FieldProgram::compile({}, {rules.back()}, test_hash)) {
      policy.rules = std::move(rules);
    }
  }
  return policy;
}

// Compiles; where two replacements contradict, without the rules.
decision::FieldProgram compiled(ReferencePolicy& policy) {
  auto program = decision::FieldProgram::compile(policy.visible, policy.rules, test_hash);
  if (program) return *program;
  policy.rules.clear();
  return *decision::FieldProgram::compile(policy.visible, {}, test_hash);
}

// An event without an id has a digest for a key, and so have its items and edges.
void set_digest_key(pb::Record& record, RandomRecord& random) {
  if (random.below(3) != 0) return;
  const std::string key =
      random.below(2) == 0 ? "event/sha256:00ff" : "edge/event%2Fsha256:00ff/a/b";
  if (random.below(2) == 0) record.mutable_header()->set_key(key);
  if (record.has_item()) record.mutable_item()->set_event_key("event/sha256:00ff");
  if (record.has_edge()) record.mutable_edge()->set_event_key("event/sha256:00ff");
  if (record.has_tombstone()) record.mutable_tombstone()->set_withdrawn_key(key);
}

// policy: with what is derived.
void check(const decision::FieldProgram& program, const ReferencePolicy& policy,
           const std::string& bytes, bool intact, int& applied) {
  std::string room = "of another record";
  const auto out = program.apply(bytes, room);
  pb::Record wanted;
  const bool parsed = wanted.ParseFromString(bytes);
  if (!out || !parsed) {
    if (intact) {
      ASSERT_FALSE(reference_edit(wanted, policy)) << wanted.DebugString();
    }
    return;
  }
  ++applied;
  pb::Record edited;
  ASSERT_TRUE(edited.ParseFromString(std::string(*out)));
  ASSERT_TRUE(reference_edit(wanted, policy)) << wanted.DebugString();
  ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(edited, wanted))
      << edited.DebugString() << "\nwanted\n"
      << wanted.DebugString();
}

TEST(FieldProgramProperty, EditsAsAnEditOfParsedMessagesDoes) {
  RandomRecord random(11);
  int applied = 0;
  for (int n = 0; n < 60; ++n) {
    ReferencePolicy policy = random_policy(random);
    const decision::FieldProgram program = compiled(policy);
    policy = with_derived(policy);
    for (int i = 0; i < 10; ++i) {
      const int presence = random.below(2) == 0 ? 40 : 80;
      pb::Record record = random.make(presence);
      set_digest_key(record, random);
      check(program, policy, record.SerializeAsString(), true, applied);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(applied, 300);
}

TEST(FieldProgramProperty, NeverShowsMoreOfBrokenBytes) {
  const google::protobuf::LogSilencer quiet;
  RandomRecord random(12);
  int applied = 0;
  for (int n = 0; n < 150; ++n) {
    ReferencePolicy policy = random_policy(random);
    const decision::FieldProgram program = compiled(policy);
    policy = with_derived(policy);
    for (int i = 0; i < 200; ++i) {
      std::string bytes = mutated(random.make(40).SerializeAsString(), random);
      pb::Record parsed;
      // The slow reference is asked where other readers see a record at all.
      if (i % 2 == 0 && parsed.ParseFromString(bytes)) {
        check(program, policy, bytes, false, applied);
        if (HasFatalFailure()) return;
      } else {
        std::string room;
        static_cast<void>(program.apply(bytes, room));  // and neither crashes nor hangs
      }
    }
  }
  EXPECT_GT(applied, 200);
}

}  // namespace
}  // namespace connector::testing
