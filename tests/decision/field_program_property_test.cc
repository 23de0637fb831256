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

struct RandomPolicy {
  std::vector<std::string> visible;
  std::vector<FieldRule> rules;
};

// Any operation; the ones that do not fit their field are refused and not taken.
FieldRule random_rule(RandomRecord& random, const std::vector<std::string>& paths) {
  FieldRule rule{random.pick(paths), static_cast<FieldOp>(random.below(5)), {}};
  const bool text = rule.op == FieldOp::kReplace;
  rule.argument = text ? random.pick(decimal_pool()) : std::to_string(random.below(4));
  return rule;
}

RandomPolicy random_policy(RandomRecord& random) {
  const std::vector<std::string> paths = all_paths();
  RandomPolicy policy;
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
decision::FieldProgram compiled(RandomPolicy& policy) {
  auto program = decision::FieldProgram::compile(policy.visible, policy.rules, test_hash);
  if (program) return *program;
  policy.rules.clear();
  return *decision::FieldProgram::compile(policy.visible, {}, test_hash);
}

void check(const decision::FieldProgram& program, const RandomPolicy& policy,
           const std::string& bytes, bool intact, int& applied) {
  std::string out;
  const bool done = program.apply(bytes, out);
  pb::Record wanted;
  const bool parsed = wanted.ParseFromString(bytes);
  if (!done || !parsed) {
    ASSERT_TRUE(out.empty() || done);
    if (intact) {
      ASSERT_FALSE(reference_edit(wanted, policy.visible, policy.rules));
    }
    return;
  }
  ++applied;
  pb::Record edited;
  ASSERT_TRUE(edited.ParseFromString(out));
  ASSERT_TRUE(reference_edit(wanted, policy.visible, policy.rules)) << wanted.DebugString();
  ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(edited, wanted))
      << edited.DebugString() << "\nwanted\n"
      << wanted.DebugString();
}

TEST(FieldProgramProperty, EditsAsAnEditOfParsedMessagesDoes) {
  RandomRecord random(11);
  int applied = 0;
  for (int n = 0; n < 60; ++n) {
    RandomPolicy policy = random_policy(random);
    const decision::FieldProgram program = compiled(policy);
    for (int i = 0; i < 10; ++i) {
      const int presence = random.below(2) == 0 ? 40 : 80;
      check(program, policy, random.make(presence).SerializeAsString(), true, applied);
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
    RandomPolicy policy = random_policy(random);
    const decision::FieldProgram program = compiled(policy);
    for (int i = 0; i < 200; ++i) {
      std::string bytes = mutated(random.make(40).SerializeAsString(), random);
      pb::Record parsed;
      // The slow reference is asked where other readers see a record at all.
      if (i % 2 == 0 && parsed.ParseFromString(bytes)) {
        check(program, policy, bytes, false, applied);
        if (HasFatalFailure()) return;
      } else {
        std::string out;
        const bool done = program.apply(bytes, out);
        ASSERT_TRUE(done || out.empty());
      }
    }
  }
  EXPECT_GT(applied, 200);
}

}  // namespace
}  // namespace connector::testing
