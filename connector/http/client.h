// Asks a server on a Unix socket: how the commands reach the running connector.
#pragma once

#include <functional>
#include <string>

#include "core/result.h"

namespace connector::http {

struct Answer {
  int status = 0;
  std::string body;
};

// on_line is called for every progress line that comes before the answer.
core::Result<Answer> ask(const std::string& unix_socket, const std::string& method,
                         const std::string& target, const std::string& body,
                         const std::function<void(const std::string&)>& on_line = {});

// Is somebody listening there?
bool listening(const std::string& unix_socket);

// "a b" -> "a%20b", for query values.
std::string escape(const std::string& text);

}  // namespace connector::http
