// What a decision says about single paths, checked against the schema.
#pragma once

#include <map>
#include <string>

#include "core/result.h"
#include "decision/decision.h"

namespace connector::decision {

class FieldMarks {
 public:
  core::Status show(const std::string& path);
  core::Status add(FieldRule rule);

  bool visible(const std::string& path) const;
  const FieldRule* rule(const std::string& path) const;  // null where there is none
  bool any_below(const std::string& path) const;
  bool hashes() const { return hashes_; }

 private:
  struct Mark {
    bool visible = false;
    bool ruled = false;
    FieldRule rule;
  };
  std::map<std::string, Mark, std::less<>> marks_;
  bool hashes_ = false;
};

}  // namespace connector::decision
