// What a decision says about single paths, checked against the schema.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/result.h"
#include "decision/decision.h"

namespace connector::decision {

class FieldMarks {
 public:
  core::Status show(const std::string& path);
  // Refuses an operation that does not fit its field. Of several rules the strictest holds.
  core::Status add(FieldRule rule);

  bool visible(std::string_view path) const;           // by a mark of its own
  const FieldRule* rule(std::string_view path) const;  // null where there is none
  bool any_below(const std::string& path) const;
  // Of one value: whether anything withholds or changes it, itself or around it.
  bool hides(std::string_view leaf) const;

  template <typename Use>  // of (const FieldRule&)
  void each_rule(const Use& use) const {
    for (const auto& [path, mark] : marks_) {
      if (mark.ruled) use(mark.rule);
    }
  }
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
