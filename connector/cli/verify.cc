#include <iostream>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "crypto/signing_key.h"
#include "exchange/audit.h"
#include "source/files.h"

namespace connector::cli {
namespace {

constexpr std::size_t kFileBytes = 256u << 20;

}  // namespace

// Needs no connector, no store and no network: the files of the export and nothing else.
int audit_verify_command(const Common& common, const std::string& path,
                         const std::string& log_key) {
  const std::filesystem::path folder = path;
  const auto read = [&](const std::string& name) {
    return source::read_file(folder / name, kFileBytes);
  };
  const auto verified = exchange::verify_export(read, crypto::verify_ed25519, log_key);
  if (!verified) return report(verified.error(), common.json);
  if (common.json) {
    std::cout << core::to_pretty_text(*verified) << "\n";
  } else {
    std::cout << to_human("audit.verify", *verified);
  }
  return 0;
}

}  // namespace connector::cli
