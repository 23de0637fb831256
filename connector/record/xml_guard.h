// What is looked at before an XML parser sees the bytes: one pass, no recursion, no memory that
// grows with anything but the nesting depth and one tag's attributes.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/result.h"

namespace connector::record {

// Elements and attributes of one document: a parser needs some 50 to 100 bytes for each, which may
// be many times what "<a/>" takes in the document.
inline constexpr std::size_t kXmlNodes = 4'000'000;

// Well-formedness (XML 1.0, fifth edition) as far as a lenient parser would let it slip, and the
// limits; errors as parse_xml (record/xml.h) describes them.
core::Status guard_xml(std::string_view bytes);

// DOCUMENT_REFUSED with line and column (from 1, in bytes) of the offset.
core::Error xml_error(std::string_view bytes, std::size_t offset, std::string message,
                      std::string next = {});

}  // namespace connector::record
