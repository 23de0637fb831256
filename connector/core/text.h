// Small rules on text that several rooms share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace connector::core {

bool valid_utf8(std::string_view text);
std::string_view trim(std::string_view text);  // XML white space
std::string lower_ascii(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
// The candidate that differs least from word, or "" when none is near: for "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace connector::core
