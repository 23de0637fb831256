// The shipped Rego library behind a real OPA, started once, and what the tests ask it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "contract/odrl_read.h"
#include "opa/odrl.h"
#include "opa/world.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace connector::testing {

inline core::Json parse(const std::string& text) {
  auto json = core::parse_untrusted(text);
  EXPECT_TRUE(json) << json.error().message;
  return json ? *json : core::Json();
}

class Evaluator {
 public:
  static Evaluator& get() {
    static Evaluator evaluator;
    return evaluator;
  }

  // From documents, as `connector policy evaluate` does. The answer has premises.
  core::Result<core::Json> evaluate(const core::Json& policy, const core::Json& request,
                                    const core::Json& world) {
    auto judged = contract::read_policy(policy);
    if (!judged) return std::move(judged.error());
    auto asked = contract::read_policy(request);
    if (!asked) return std::move(asked.error());
    auto known = opa::read_world(world);
    if (!known) return std::move(known.error());
    return ask({*judged, *asked, *known, true});
  }
  core::Result<core::Json> ask(const opa::OdrlQuestion& question) {
    return opa_->evaluate(question, std::chrono::steady_clock::now() + std::chrono::seconds(20));
  }
  std::string socket() const { return opa_->socket(); }

 private:
  Evaluator() {
    const char* named = std::getenv("CONNECTOR_OPA");
    const std::string program =
        named && *named ? named : std::string(SOURCE_DIR) + "/.cache/opa/opa";
    auto started = opa::OdrlEvaluator::start(program, folder_.path());
    if (!started) {
      std::fprintf(stderr, "%s\n", started.error().message.c_str());
      std::abort();
    }
    opa_ = std::move(*started);
  }

  TempDir folder_;
  std::unique_ptr<opa::OdrlEvaluator> opa_;
};

}  // namespace connector::testing
