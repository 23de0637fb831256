// The native judge of agreements against the shipped Rego library in a real OPA: the same terms,
// the same facts, the same answer.
#include <map>

#include "contract/judge.h"
#include "contract/policy_json.h"
#include "core/limits.h"
#include "evaluator.h"
#include "opa/agreement_world.h"
#include "support/random_agreement.h"

namespace connector::testing {
namespace {

core::Result<bool> permitted_by_opa(const contract::Policy& agreement,
                                    const contract::Facts& facts) {
  const opa::AgreementQuestion asked = opa::agreement_question(agreement, facts);
  auto answer = Evaluator::get().ask({asked.policy, asked.request, asked.world});
  if (!answer) return std::move(answer.error());
  return opa::permits(*answer);
}

TEST(Agreement, TheNativeJudgeIsTheLibrary) {
  constexpr int kCases = 6000;
  int allowed = 0;
  int differences = 0;
  std::map<std::string, int> terms;
  for (int i = 0; i < kCases; ++i) {
    RandomAgreement random(static_cast<std::uint64_t>(i));
    const contract::Policy agreement = random.policy();
    const contract::Facts facts = random.facts();
    ASSERT_TRUE(contract::assess(agreement).enforceable()) << contract::to_text(agreement);
    for (const auto& finding : contract::assess(agreement).findings) {
      ++terms[std::string(finding.term->name)];
    }
    const contract::Judgement judgement = contract::judge(agreement, facts);
    const auto permitted = permitted_by_opa(agreement, facts);
    ASSERT_TRUE(permitted) << permitted.error().message;
    allowed += judgement.allowed ? 1 : 0;
    if (judgement.allowed == *permitted) continue;
    ++differences;
    const opa::AgreementQuestion asked = opa::agreement_question(agreement, facts);
    ADD_FAILURE() << "case " << i << ": judge says " << judgement.allowed << " (" << judgement.term
                  << ": " << judgement.why << ")\n"
                  << contract::to_text(agreement) << "\n"
                  << contract::to_text(asked.policy) << "\n"
                  << contract::to_text(asked.request) << "\n"
                  << core::to_text(asked.world);
    if (differences == 3) break;
  }
  std::printf("%d agreements, %d allowed, %d differences, %zu terms\n", kCases, allowed,
              differences, terms.size());
  EXPECT_EQ(differences, 0);
  EXPECT_GT(allowed, kCases / 10);
  EXPECT_LT(allowed, kCases * 9 / 10);
}

}  // namespace
}  // namespace connector::testing
