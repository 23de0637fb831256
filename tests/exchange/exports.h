// Exports in memory: made, bent and verified.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "exchange/audit.h"
#include "two_connectors.h"

namespace connector::testing {

using Files = std::map<std::string, std::string>;

inline ExportSink into(Files& files) {
  return [&files](const std::string& path, std::string_view bytes) {
    files[path] = std::string(bytes);
    return core::ok();
  };
}

inline core::Result<Files> export_of(const TwoConnectors& two, const Side& side) {
  Files files;
  if (auto done = two.export_side(side, into(files)); !done) return done.error();
  return files;
}

// Of a side that has no partner.
inline core::Result<Files> export_of(const Side& side) {
  Files files;
  const auto note = side.checkpoint();
  if (!note) return note.error();
  AuditKeys keys{side.self, {}};
  for (const auto& envelope : side.introductions) {
    keys.introductions.push_back(evidence::to_json_text(envelope));
  }
  if (auto done = export_log(side.log, side.log, *note, keys, into(files)); !done) {
    return done.error();
  }
  return files;
}

inline core::Result<core::Json> verified(const Files& files, const std::string& log_key = {}) {
  return verify_export(
      [&](const std::string& path) -> core::Result<std::string> {
        const auto found = files.find(path);
        if (found == files.end()) {
          return core::Error{core::Code::kNotFound, "FILE_UNREADABLE", "no such file", {}, {}};
        }
        return found->second;
      },
      verify_signature, log_key);
}

// "verified", or what the verification says.
inline std::string verdict(const Files& files) {
  const auto report = verified(files);
  return report ? "verified" : report.error().message;
}

inline void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

}  // namespace connector::testing
