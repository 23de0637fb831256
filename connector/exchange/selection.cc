#include "exchange/selection.h"

#include <algorithm>

namespace connector::exchange {
namespace {

// An empty list selects everything.
template <typename T>
std::vector<T> common(const std::vector<T>& one, const std::vector<T>& other, bool& nothing) {
  if (one.empty()) return other;
  if (other.empty()) return one;
  std::vector<T> out;
  for (const T& value : one) {
    if (std::find(other.begin(), other.end(), value) != other.end()) out.push_back(value);
  }
  nothing = nothing || out.empty();
  return out;
}

}  // namespace

Selection both(const Selection& one, const Selection& other) {
  Selection out;
  out.nothing = one.nothing || other.nothing;
  out.kinds = common(one.kinds, other.kinds, out.nothing);
  out.order_numbers = common(one.order_numbers, other.order_numbers, out.nothing);
  out.item_keys = common(one.item_keys, other.item_keys, out.nothing);
  out.event_from = one.event_from ? one.event_from : other.event_from;
  out.event_to = one.event_to ? one.event_to : other.event_to;
  if (one.event_from && other.event_from) {
    out.event_from = std::max(*one.event_from, *other.event_from);
  }
  if (one.event_to && other.event_to) out.event_to = std::min(*one.event_to, *other.event_to);
  out.nothing = out.nothing || (out.event_from && out.event_to && *out.event_from >= *out.event_to);
  return out;
}

}  // namespace connector::exchange
