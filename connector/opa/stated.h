// What the company's admin states in its tables (facts.yaml, partners.yaml, fields.yaml) and terms
// of agreements are held against.
#pragma once

#include <string>

#include "core/json.h"
#include "exchange/offer_table.h"
#include "opa/yaml.h"

namespace connector::opa {

// One member of facts.yaml: events, states, consents or payments.
core::Json stated_fact(Table& table, const std::string& kind, const YAML::Node& at,
                       const YAML::Node& value);

// Of the tables as read_tables gives them.
exchange::StatedFacts stated_facts(const core::Json& tables);

}  // namespace connector::opa
