// Aspect payloads name neither their model nor its version: they are known by their members.
#pragma once

#include <span>
#include <string_view>

namespace connector::record {

struct AspectShape {
  std::string_view name;     // "SerialPart"; several where the shape cannot tell them apart
  std::string_view version;  // of the models with this shape; empty where it is several models
  std::string_view members;  // at the top level, in alphabetical order, separated by blanks
};
std::span<const AspectShape> aspect_shapes();

}  // namespace connector::record
