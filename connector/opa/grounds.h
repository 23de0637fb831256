// Which entries of the tables and which rules of the company a decision stands on.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "opa/bench.h"

namespace connector::opa {

class Grounds {
 public:
  // input: as under "input" in Rego, with "row" where a record is looked at.
  static core::Result<Grounds> of(const Bench& bench, const core::Json& input);

  // The decision's reasons, each with its place.
  core::Json reasons(const decision::Decision& decision) const;
  // What grants: [{"rule", "place"}].
  core::Json decided_by() const;
  // The company's rules of this name: [{"place", "holds", "fails_at"}].
  core::Json rules(const std::string& name) const;
  std::vector<std::string> held(const std::string& rule) const;  // places
  // The rule of labels.yaml that decides about a label; nothing where none fits.
  std::optional<std::string> label_rule(const std::string& label) const;

 private:
  explicit Grounds(const Places& places) : places_(places) {}
  std::string text(std::initializer_list<std::string_view> path) const;
  std::string place_of(const decision::Reason& reason) const;
  std::string denial(const std::string& text) const;

  const Places& places_;
  core::Json input_;
  core::Json facts_;
  std::vector<Visit> visits_;
};

}  // namespace connector::opa
