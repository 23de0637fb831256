// The documents of the demonstration, carried by the program.
#pragma once

#include <string_view>
#include <vector>

namespace connector::deploy {

struct ExampleFile {
  std::string_view path;     // "brink/order-4500017.xml": whose it is, and its name
  std::string_view content;  // lives as long as the program
};

const std::vector<ExampleFile>& example_files();

}  // namespace connector::deploy
