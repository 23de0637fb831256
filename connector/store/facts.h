// What the store indexes of a record.
#pragma once

#include "record/facts.h"

namespace connector::store {

using record::Facts;
using record::facts_of;
using record::same_statement;

}  // namespace connector::store
