// An OPA that is only busy is refused by the call; it is not ended for it.
#include <signal.h>

#include <iostream>

#include "opa/company.h"

namespace connector::testing {
namespace {

using namespace std::chrono_literals;

TEST(BusyOpa, IsRefusedByTheCallAndNotReplaced) {
  const Company company;
  const auto engine = company.start_in_earnest();
  ASSERT_NE(engine, nullptr);
  const auto processes = opa_processes(company.path("data"));
  ASSERT_EQ(processes.size(), 1u);
  std::this_thread::sleep_for(2100ms);  // a younger process would be spared anyway
  int refused = 0;
  for (int round = 0; round < 3; ++round) {
    ::kill(processes[0], SIGSTOP);
    auto question = Company::question();
    for (int i = 0; i < 6; ++i) {  // the fifth in a row raises suspicion
      question.party_ids = {"gln:" + std::to_string(round * 10 + i)};
      const auto decided = engine->decide(question);
      refused += decided ? 0 : 1;
      EXPECT_EQ(decided ? "" : decided.error().reason, "POLICY_UNAVAILABLE");
    }
    ::kill(processes[0], SIGCONT);
    EXPECT_TRUE(eventually([&] { return engine->decide(Company::question()).has_value(); }));
  }
  EXPECT_EQ(refused, 18);
  EXPECT_EQ(opa_processes(company.path("data")), processes);
  EXPECT_EQ(engine->status()->find("restarts")->text(), "0");
  std::cout << "  " << refused << " refused while it was busy, 0 restarts\n";
}

}  // namespace
}  // namespace connector::testing
