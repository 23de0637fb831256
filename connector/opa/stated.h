// What the company's admin states in its tables (facts.yaml, partners.yaml, fields.yaml) and terms
// of agreements are held against.
#pragma once

#include <string>
#include <string_view>

#include "core/json.h"
#include "exchange/offer_table.h"
#include "opa/yaml.h"

namespace connector::opa {

// One member of facts.yaml: events, states, consents or payments.
core::Json stated_fact(Table& table, const std::string& kind, const YAML::Node& at,
                       const YAML::Node& value);

// Of consents.txt: too many persons, or a line that is no name.
void check_consents(std::string_view text, Mistakes& mistakes);

// Of the tables as read_tables gives them, and consents.txt.
exchange::StatedFacts stated_facts(const core::Json& tables, std::string consents);

}  // namespace connector::opa
