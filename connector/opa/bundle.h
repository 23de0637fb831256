// What OPA serves: guard rails, company modules and tables as one folder, named by its content.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/name.h"
#include "core/result.h"
#include "opa/tables.h"

namespace connector::opa {

// Path within the bundle -> content, the manifest and the revision's own file left out.
using BundleFiles = std::map<std::string, std::string>;

// SHA-256 over the files, hex: for each, in the order of their paths, path, zero byte, length of
// the content as eight bytes (big endian), content.
core::Revision revision_of(const BundleFiles& files);

// The *.rego and *.yaml files of the company's folder, its consents.txt, the cases in its folder
// cases/ and the offers in its folder offers/, as they are now. Refused: a folder that cannot be
// read, a table with another name than the known ones, more than 1 MiB in a file (64 of consents),
// 1,000 files, or 12 MiB of offers or of other files.
core::Result<Snapshot> take_snapshot(const std::filesystem::path& folder);

// Guard rails, company modules and tables; and, for people and for the connector, what they were
// made of.
BundleFiles bundle_files(const Snapshot& snapshot, const core::Json& tables);
// The same with the tests of guard rails and company.
BundleFiles test_files(const Snapshot& snapshot, const core::Json& tables);

// Writes a bundle folder with its manifest. It appears whole or not at all, and durably.
core::Status write_bundle(const BundleFiles& files, const core::Revision& revision,
                          const std::filesystem::path& folder);
// Error where the stored folder is not what its revision says.
core::Status verify_bundle(const std::filesystem::path& folder, const core::Revision& revision);

// The offers' files of a stored bundle.
core::Result<Snapshot> stored_offers(const std::filesystem::path& folder);
// All files that a stored bundle was made of. Of one that an earlier program made: its modules and
// offers alone.
core::Result<Snapshot> stored_snapshot(const std::filesystem::path& folder);
// Empty where the bundle has none.
core::Result<std::string> stored_consents(const std::filesystem::path& folder);
core::Result<core::Json> stored_tables(const std::filesystem::path& folder);

// Are the guard rails of the stored bundle those that this program carries? Not so after an
// upgrade that changed them, until the policy is published again.
bool guard_rails_current(const std::filesystem::path& folder);

// Replaces a file as a whole, durably; readable by its owner only.
core::Status replace_file(const std::filesystem::path& file, const std::string& content);
core::Result<std::string> read_text(const std::filesystem::path& file, std::size_t at_most);

}  // namespace connector::opa
