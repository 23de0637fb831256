// ODRL documents, judged by the shipped Rego library (policy/odrl): a private OPA that serves it
// beside the guard rails. Needs no connector and no policy of a company.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "contract/policy.h"
#include "core/json.h"
#include "core/result.h"
#include "opa/client.h"
#include "opa/served_revision.h"

namespace connector::opa {

// May a rule of the policy be applied to what the request asks for, in this world?
struct OdrlQuestion {
  const contract::Policy& policy;
  const contract::Policy& request;  // one permission: one party, one action, one target at most
  const core::Json& world;          // of read_world
  bool premises = false;            // in the answer, too
};

// POLICY_UNREADABLE where a policy is a request, which grants nothing ...
core::Status check_judged(const contract::Policy& policy);
// ... and where a request asks for more than one thing, or states more about it than facts.
core::Status check_request(const contract::Policy& request);

class OdrlEvaluator {
 public:
  // run_dir: private, for the bundle and the socket. Returns when OPA answers.
  static core::Result<std::unique_ptr<OdrlEvaluator>> start(const std::filesystem::path& opa,
                                                            const std::filesystem::path& run_dir);

  // {"rules": [{"rule", "kind", "activation", "reason"}]}, "premises" where they were asked for.
  core::Result<core::Json> evaluate(const OdrlQuestion& question, Deadline deadline);
  std::string socket() const { return served_->socket(); }

 private:
  explicit OdrlEvaluator(std::unique_ptr<ServedRevision> served);

  std::unique_ptr<ServedRevision> served_;
  Client client_;  // uses served_'s socket
};

}  // namespace connector::opa
