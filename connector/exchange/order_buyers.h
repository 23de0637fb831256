// Buyers number their orders on their own: the same number may be that of two orders. Tells whose
// order each record speaks of, by the buyer that it states.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "valuechain/record/v1/record.pb.h"

namespace connector::exchange {

struct OrderBuyer {
  std::set<std::string> ids;  // "gln:8712345000004", as all records of this buyer state them
  std::set<std::string> names;

  // By one of the names (letters in any case) or identifiers, with or without its scheme.
  bool is(std::string_view asked) const;
  // "Acme (gln:8712345000004)"; "buyer not stated" where nothing is known.
  std::string label() const;
};

struct OrderBuyers {
  std::vector<OrderBuyer> all;
  std::vector<std::size_t> of;  // of each party that was given: which of them
};

// The same buyer: parties that share an identifier; and those of one name, unless they state
// different identifiers of one scheme. A party that states nothing is the only buyer there is;
// where there are several, it is one of its own that nothing is known of.
OrderBuyers tell_buyers_apart(const std::vector<const valuechain::record::v1::Party*>& parties);

}  // namespace connector::exchange
