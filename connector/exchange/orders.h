// "What is the state of my order?": joins own records and received ones and names who stated
// each quantity. The two are never merged.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "exchange/imports.h"

namespace connector::exchange {

struct OrderQuestion {
  std::string number;
  std::string buyer = {};  // name or identifier; empty: of whichever buyers there are
};

// {order, buyers: [{buyer, names, ids, stated_by}], lines: [{buyer, line, item, status, reason,
// documents, quantities: [{state, value, unit, stated_by, reason, documents}]}]}. Orders of the
// same number of different buyers are told apart (exchange/order_buyers.h) and stand one after the
// other. What documents without lines say stands under line "" (and an answer or cancellation of
// the whole order in each line's status). ORDER_NOT_FOUND when no record names the order, or none
// that buyer.
// used: what uses of received data gave for it.
core::Result<core::Json> show_order(const Archive& archive, const core::Connector& self,
                                    const OrderQuestion& asked, std::vector<RecordRow> used = {});

// The same from rows at hand. Only the newest version of each record counts, withdrawn ones do not.
// A despatched or received line that names no order line belongs to the one that shares an
// identifier of its item with it, else to the one of its own number.
core::Result<core::Json> join_order(const std::vector<RecordRow>& rows, const core::Connector& self,
                                    const OrderQuestion& asked);

// One record for people and --json: proto field names, bytes in hex where they are digests.
core::Result<core::Json> record_to_json(const RecordRow& row, const core::Connector& self);

}  // namespace connector::exchange
