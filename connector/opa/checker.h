// Is an edited policy fit to be published? Tables, OPA's own checks, tests, and whether every
// decision that it can come to is one that this connector can enforce.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/name.h"
#include "core/result.h"
#include "exchange/ports.h"
#include "opa/bundle.h"
#include "opa/tool.h"

namespace connector::opa {

struct CheckOptions {
  std::filesystem::path opa;
  std::filesystem::path folder;   // of the company
  std::filesystem::path run_dir;  // for drafts and sockets; private
  core::Connector self;
  std::vector<exchange::DatasetInfo> datasets;  // as configured; none: ids are not checked
  std::int64_t now_s = 0;
};

struct Checked {
  BundleFiles files;
  core::Revision revision;
  std::size_t modules = 0;
  std::size_t combinations = 0;  // asked: each dataset, purpose and group
  std::vector<std::string> warnings;
};

struct Tested {
  std::size_t passed = 0;  // tests of guard rails and company
  std::size_t cases = 0;   // of cases/, all as expected
  core::Json coverage;     // what no case reaches: see cases.h
};

// What a folder holds, read and checked as far as that goes without OPA.
struct Prepared {
  Snapshot snapshot;
  core::Json tables;
};
core::Result<Prepared> prepare_policy(const CheckOptions& options);
// OPA's own check of the modules, without the built-in functions that no decision may use. Leaves
// the bundle with all tests in the draft's folder "tests".
core::Status check_modules(const CheckOptions& options, const Prepared& prepared,
                           const Draft& draft);

// tests: where it is given, the tests of guard rails and company and the cases are run as well.
// Nothing outside run_dir is written. Errors name file and line where there is one: POLICY_INVALID,
// POLICY_TEST_FAILED, POLICY_CASE_FAILED.
core::Result<Checked> check_policy(const CheckOptions& options, Tested* tests);

}  // namespace connector::opa
