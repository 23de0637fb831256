// Documents that are known by name, but not read yet: told so in one sentence. Nothing but content
// is looked at, never a file name.
#pragma once

#include <string>

#include "core/json.h"
#include "record/document.h"
#include "record/xml.h"

namespace connector::record {

// What a document is; "JSON" or "XML" where it is nothing that is known. Names that come from the
// document are cut to a line.
Format recognise(const core::Json& json);
Format recognise(const Xml& xml);

// "this JSON document is not recognised (members: a, b)": seen says what it is like.
Document decline_unknown(const Format& format, const std::string& seen);

}  // namespace connector::record
