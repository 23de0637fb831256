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

// Who asked for a change, as the admin socket knows them.
struct Publisher {
  std::int64_t uid = -1;  // -1: the connector itself
  std::string name;       // of the account, at that time

  core::Json to_json() const;
  static Publisher from_json(const core::Json* json);
};

struct Activation {
  core::Revision revision;
  std::string at;                        // RFC 3339
  std::string action = "published";      // or "rolled-back"
  Publisher by;                          // who published or proposed it
  std::optional<Publisher> approved_by;  // the second person, where two are needed
};

// A change that waits for a second person.
struct Proposal {
  core::Revision revision;
  std::string at;
  std::string action = "published";
  Publisher by;
  std::optional<core::Revision> base;  // what was in force when it was checked
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
  // Durably. Keeps the last 1,000. A proposal that waited is over.
  core::Status activate(const std::filesystem::path& dir, Activation activation);
  core::Json to_json() const;

  // The one that waits; a new one takes the place of the one before.
  const std::optional<Proposal>& proposal() const { return proposal_; }
  core::Status propose(const std::filesystem::path& dir, std::optional<Proposal> proposal);

 private:
  core::Status write(const std::filesystem::path& dir) const;

  std::vector<Activation> activations_;
  std::optional<Proposal> proposal_;
};

core::Json to_json(const Proposal& proposal);

}  // namespace connector::opa
