// Which revision is in force, and which were before it: one small file, replaced as a whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::opa {

struct Activation {
  core::Revision revision;
  std::string at;  // RFC 3339
};

class History {
 public:
  // Of the folder dir; empty where nothing was published yet. Error: the file is not understood.
  static core::Result<History> read(const std::filesystem::path& dir);
  static std::filesystem::path bundle(const std::filesystem::path& dir, const core::Revision& of);

  const std::vector<Activation>& activations() const { return activations_; }  // the last is now
  std::optional<core::Revision> current() const;
  std::optional<core::Revision> previous() const;  // the last one that was not the current
  // A revision by its name or the first 8 or more digits of it; empty: the previous one.
  core::Result<core::Revision> find(const std::string& name) const;
  // Durably. Keeps the last 1,000.
  core::Status activate(const std::filesystem::path& dir, const core::Revision& revision,
                        const std::string& at);
  core::Json to_json() const;

 private:
  std::vector<Activation> activations_;
};

}  // namespace connector::opa
