// Selections narrow one another.
#pragma once

#include "exchange/ports.h"

namespace connector::exchange {

// What both select.
Selection both(const Selection& one, const Selection& other);

}  // namespace connector::exchange
