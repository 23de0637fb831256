// Negotiations and agreements as text: what a row keeps of them beside the columns that are
// searched.
#pragma once

#include <string>

#include "exchange/agreements.h"

namespace connector::store {

std::string to_text(const exchange::Negotiation& negotiation);
core::Result<exchange::Negotiation> negotiation_from(const std::string& text);
std::string to_text(const exchange::KeptAgreement& agreement);
core::Result<exchange::KeptAgreement> agreement_from(const std::string& text);

}  // namespace connector::store
