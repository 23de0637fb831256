// The commands. Exit codes: 0 ok, 1 failed, 2 usage, 3 denied by policy, 4 not reachable,
// 5 not healthy (docs/operating.md).
#pragma once

namespace connector::cli {

int run(int argc, char** argv);

}  // namespace connector::cli
