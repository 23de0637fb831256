#include "record/ubl_codes.h"

#include <array>

#include "core/text.h"

namespace connector::record::ubl {
namespace {

struct Code {
  std::string_view text;
  pb::LineStatus by_buyer;
  pb::LineStatus by_seller;
};

constexpr std::array kCodes = {
    Code{"", pb::LINE_STATUS_OPEN, pb::LINE_STATUS_OPEN},
    Code{"nostatus", pb::LINE_STATUS_OPEN, pb::LINE_STATUS_OPEN},
    Code{"4", pb::LINE_STATUS_OPEN, pb::LINE_STATUS_OPEN},
    Code{"added", pb::LINE_STATUS_ADDED, pb::LINE_STATUS_ADDED},
    Code{"1", pb::LINE_STATUS_ADDED, pb::LINE_STATUS_ADDED},
    Code{"revised", pb::LINE_STATUS_REVISED_BY_BUYER, pb::LINE_STATUS_REVISED_BY_SELLER},
    Code{"disputed", pb::LINE_STATUS_REVISED_BY_SELLER, pb::LINE_STATUS_REVISED_BY_SELLER},
    Code{"3", pb::LINE_STATUS_REVISED_BY_BUYER, pb::LINE_STATUS_REVISED_BY_SELLER},
    Code{"cancelled", pb::LINE_STATUS_CANCELLED, pb::LINE_STATUS_CANCELLED},
    Code{"canceled", pb::LINE_STATUS_CANCELLED, pb::LINE_STATUS_CANCELLED},
    Code{"2", pb::LINE_STATUS_CANCELLED, pb::LINE_STATUS_CANCELLED},
    Code{"74", pb::LINE_STATUS_REOPENED, pb::LINE_STATUS_REOPENED},
    Code{"accepted", pb::LINE_STATUS_ACCEPTED, pb::LINE_STATUS_ACCEPTED},
    Code{"5", pb::LINE_STATUS_ACCEPTED, pb::LINE_STATUS_ACCEPTED},
    Code{"rejected", pb::LINE_STATUS_REJECTED, pb::LINE_STATUS_REJECTED},
    Code{"7", pb::LINE_STATUS_REJECTED, pb::LINE_STATUS_REJECTED},
    Code{"42", pb::LINE_STATUS_ALREADY_DELIVERED, pb::LINE_STATUS_ALREADY_DELIVERED},
};

}  // namespace

std::optional<pb::LineStatus> line_status(std::string_view code, bool from_seller) {
  const std::string word = core::lower_ascii(core::trim(code));
  for (const Code& known : kCodes) {
    if (known.text == word) return from_seller ? known.by_seller : known.by_buyer;
  }
  return std::nullopt;
}

std::optional<bool> accepted(std::string_view response_code) {
  if (response_code == "AP" || response_code == "29") return true;
  if (response_code == "RE" || response_code == "27") return false;
  return std::nullopt;
}

}  // namespace connector::record::ubl
