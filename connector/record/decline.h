// Documents that are known by name, but not read yet: told so in one sentence.
#pragma once

#include "core/json.h"
#include "record/document.h"
#include "record/xml.h"

namespace connector::record {

// What a JSON document is, by its content; "JSON" with no kind where it is nothing that is known.
Format recognise(const core::Json& json);
Format recognise(const Xml& xml);

Document decline_unknown(const Format& format, const std::string& seen);

}  // namespace connector::record
