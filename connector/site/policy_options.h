// Where a connector's policy lies, and which datasets it speaks of.
#pragma once

#include "opa/policy_engine.h"
#include "site/config.h"

namespace connector::site {

// Folders, datasets and the connector's name; clock and callbacks are the caller's to set.
opa::PolicyEngine::Options policy_options(const Config& config);

}  // namespace connector::site
