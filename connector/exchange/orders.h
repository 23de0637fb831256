// "What is the state of my order?": joins own records and received ones and names who stated
// each quantity. The two are never merged.
#pragma once

#include <string>

#include "core/json.h"
#include "exchange/imports.h"

namespace connector::exchange {

// {order, lines: [{line, item, status, documents, quantities: [{state, value, unit, stated_by,
// documents}]}]}. ORDER_NOT_FOUND when no record names the order.
core::Result<core::Json> show_order(const Archive& archive, const core::Connector& self,
                                    const std::string& number);

// One record for people and --json: proto field names, bytes in hex where they are digests.
core::Result<core::Json> record_to_json(const RecordRow& row, const core::Connector& self);

}  // namespace connector::exchange
