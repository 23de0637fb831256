// May it be used? The native judge and the Rego library that ships, in an OPA of its own: both must
// permit it, and no answer is a refusal.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "exchange/ports.h"
#include "exchange/use.h"

namespace connector::opa {
class OdrlEvaluator;
}

namespace connector::site {

class OwnUsePoint final : public exchange::UsePoint {
 public:
  struct Options {
    std::filesystem::path opa;
    std::filesystem::path run_dir;  // private; for its bundle and socket
    exchange::Random random;
    std::function<core::Revision()> revision;  // of the company's policy, in force now
  };
  explicit OwnUsePoint(Options options);
  ~OwnUsePoint() override;

  // OPA is started for the first use: who uses nothing needs none.
  core::Result<exchange::UseVerdict> decide(const contract::Agreement& agreement,
                                            const contract::Facts& facts) override;

 private:
  core::Result<std::shared_ptr<opa::OdrlEvaluator>> evaluator();
  void lost(const std::shared_ptr<opa::OdrlEvaluator>& evaluator);

  const Options options_;
  std::mutex mutex_;
  std::shared_ptr<opa::OdrlEvaluator> evaluator_;  // guarded by mutex_
};

}  // namespace connector::site
