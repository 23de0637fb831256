#include "record/qif_fits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace connector::record {
namespace {

constexpr std::size_t kRanges = 13;
using Micrometres = std::array<int, kRanges>;

// A nominal size belongs to the first range that reaches it, in millimetres.
constexpr Micrometres kUpTo = {3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500};

// Standard tolerances (ISO 286-1, table 1).
constexpr int kFirstGrade = 5;
constexpr std::array<Micrometres, 9> kWidths = {{
    {4, 5, 6, 8, 9, 11, 13, 15, 18, 20, 23, 25, 27},                    // IT5
    {6, 8, 9, 11, 13, 16, 19, 22, 25, 29, 32, 36, 40},                  // IT6
    {10, 12, 15, 18, 21, 25, 30, 35, 40, 46, 52, 57, 63},               // IT7
    {14, 18, 22, 27, 33, 39, 46, 54, 63, 72, 81, 89, 97},               // IT8
    {25, 30, 36, 43, 52, 62, 74, 87, 100, 115, 130, 140, 155},          // IT9
    {40, 48, 58, 70, 84, 100, 120, 140, 160, 185, 210, 230, 250},       // IT10
    {60, 75, 90, 110, 130, 160, 190, 220, 250, 290, 320, 360, 400},     // IT11
    {100, 120, 150, 180, 210, 250, 300, 350, 400, 460, 520, 570, 630},  // IT12
    {140, 180, 220, 270, 330, 390, 460, 540, 630, 720, 810, 890, 970},  // IT13
}};

// Fundamental deviations of shafts (ISO 286-1, tables 4 and 5): how far the zone lies from the
// nominal size, and on which side. Those of the holes D to H mirror d to h.
struct Position {
  char letter;
  bool below;
  int last_grade;
  Micrometres distance;
};
constexpr int kLastGrade = kFirstGrade + static_cast<int>(kWidths.size()) - 1;
constexpr std::array<Position, 9> kPositions = {{
    {'d', true, kLastGrade, {20, 30, 40, 50, 65, 80, 100, 120, 145, 170, 190, 210, 230}},
    {'e', true, kLastGrade, {14, 20, 25, 32, 40, 50, 60, 72, 85, 100, 110, 125, 135}},
    {'f', true, kLastGrade, {6, 10, 13, 16, 20, 25, 30, 36, 43, 50, 56, 62, 68}},
    {'g', true, kLastGrade, {2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20}},
    {'h', true, kLastGrade, {}},
    {'k', false, 7, {0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5}},
    {'m', false, kLastGrade, {2, 4, 6, 7, 8, 9, 11, 13, 15, 17, 20, 21, 23}},
    {'n', false, kLastGrade, {4, 8, 10, 12, 15, 17, 20, 23, 27, 31, 34, 37, 40}},
    {'p', false, kLastGrade, {6, 12, 15, 18, 22, 26, 32, 37, 43, 50, 56, 62, 68}},
}};

const Position* position_of(bool hole, std::string_view deviation) {
  if (deviation.size() != 1) return nullptr;
  const char letter = hole ? static_cast<char>(deviation[0] - 'A' + 'a') : deviation[0];
  const auto found = std::find_if(kPositions.begin(), kPositions.end(),
                                  [&](const Position& one) { return one.letter == letter; });
  if (found == kPositions.end() || (hole && !found->below)) return nullptr;
  return &*found;
}

std::optional<int> grade_of(std::string_view written) {
  if (written.substr(0, 2) == "IT") written.remove_prefix(2);
  int grade = 0;
  const auto parsed = std::from_chars(written.data(), written.data() + written.size(), grade);
  if (parsed.ec != std::errc() || parsed.ptr != written.data() + written.size()) return {};
  return grade;
}

core::Decimal whole(int number, const char* exponent = "") {
  return *core::Decimal::parse(std::to_string(number) + exponent);
}

std::optional<std::size_t> range_of(const core::Decimal& nominal_mm) {
  if (nominal_mm <= core::Decimal()) return {};
  for (std::size_t i = 0; i < kRanges; ++i) {
    if (nominal_mm <= whole(kUpTo[i])) return i;
  }
  return {};
}

}  // namespace

std::optional<FitLimits> iso286_limits(bool hole, std::string_view deviation,
                                       std::string_view grade, const core::Decimal& nominal_mm) {
  const Position* position = position_of(hole, deviation);
  const auto number = grade_of(grade);
  const auto range = range_of(nominal_mm);
  if (!position || !number || !range) return {};
  if (*number < kFirstGrade || *number > position->last_grade) return {};
  const int width = kWidths[static_cast<std::size_t>(*number - kFirstGrade)][*range];
  const int distance = position->distance[*range];
  const int lower = !hole && position->below ? -distance - width : distance;
  return FitLimits{nominal_mm + whole(lower, "e-3"), nominal_mm + whole(lower + width, "e-3")};
}

}  // namespace connector::record
