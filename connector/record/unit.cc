#include "record/unit.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace connector::record {
namespace {

constexpr std::string_view kPiece = "H87";

// One unit: its canonical code, and what else stands for it, separated by "|". Names are lower
// case without blanks; symbols are listed apart because their case matters.
struct Entry {
  std::string_view code;
  std::string_view names;
  std::string_view symbols;
};

constexpr std::array kUnits = {
    Entry{"H87", "piece|pieces", "pc|pcs"},
    Entry{"PR", "pair", ""},
    Entry{"SET", "set", ""},
    Entry{"DZN", "dozen", ""},
    Entry{"KGM", "kilogram|kilogramme", "kg"},
    Entry{"GRM", "gram|gramme", "g"},
    Entry{"MGM", "milligram", "mg"},
    Entry{"MC", "microgram", "ug|µg"},
    Entry{"TNE", "tonne|tonnemetricton|metricton", "t"},
    Entry{"LBR", "pound", "lb"},
    Entry{"ONZ", "ounce", "oz"},
    Entry{"MTR", "metre|meter", "m"},
    Entry{"DMT", "decimetre|decimeter", "dm"},
    Entry{"CMT", "centimetre|centimeter", "cm"},
    Entry{"MMT", "millimetre|millimeter", "mm"},
    Entry{"4H", "micrometre|micrometer|micron", "um|µm"},
    Entry{"C45", "nanometre|nanometer", "nm"},
    Entry{"KMT", "kilometre|kilometer", "km"},
    Entry{"INH", "inch", "in"},
    Entry{"FOT", "foot", "ft"},
    Entry{"YRD", "yard", "yd"},
    Entry{"SMI", "mile", "mi"},
    Entry{"MTK", "squaremetre|squaremeter", "m2|m²"},
    Entry{"CMK", "squarecentimetre|squarecentimeter", "cm2|cm²"},
    Entry{"MMK", "squaremillimetre|squaremillimeter", "mm2|mm²"},
    Entry{"FTK", "squarefoot", "ft2"},
    Entry{"HAR", "hectare", "ha"},
    Entry{"MTQ", "cubicmetre|cubicmeter", "m3|m³"},
    Entry{"DMQ", "cubicdecimetre|cubicdecimeter", "dm3|dm³"},
    Entry{"CMQ", "cubiccentimetre|cubiccentimeter", "cm3|cm³"},
    Entry{"MMQ", "cubicmillimetre|cubicmillimeter", "mm3|mm³"},
    Entry{"LTR", "litre|liter", "l|L"},
    Entry{"DLT", "decilitre|deciliter", "dl"},
    Entry{"CLT", "centilitre|centiliter", "cl"},
    Entry{"MLT", "millilitre|milliliter", "ml|mL"},
    Entry{"HLT", "hectolitre|hectoliter", "hl"},
    Entry{"WHR", "watthour", "Wh"},
    Entry{"KWH", "kilowatthour", "kWh"},
    Entry{"MWH", "megawatthour", "MWh"},
    Entry{"GWH", "gigawatthour", "GWh"},
    Entry{"JOU", "joule", "J"},
    Entry{"KJO", "kilojoule", "kJ"},
    Entry{"3B", "megajoule", "MJ"},
    Entry{"GV", "gigajoule", "GJ"},
    Entry{"SEC", "second|secondunitoftime", "s"},
    Entry{"C26", "millisecond", "ms"},
    Entry{"MIN", "minute|minuteunitoftime", "min"},
    Entry{"HUR", "hour|hourunitoftime", "h"},
    Entry{"DAY", "day", "d"},
    Entry{"WEE", "week", ""},
    Entry{"MON", "month|monthunitoftime", ""},
    Entry{"ANN", "year|yearunitoftime", ""},
    Entry{"NEW", "newton", "N"},
    Entry{"B47", "kilonewton", "kN"},
    Entry{"NU", "newtonmetre|newtonmeter", "Nm|N.m"},
    Entry{"PAL", "pascal", "Pa"},
    Entry{"KPA", "kilopascal", "kPa"},
    Entry{"MPA", "megapascal", "MPa"},
    Entry{"BAR", "bar", ""},
    Entry{"MBR", "millibar", "mbar"},
    Entry{"CEL", "degreecelsius", "°C"},
    Entry{"FAH", "degreefahrenheit", "°F"},
    Entry{"KEL", "kelvin", "K"},
    Entry{"DD", "degree|degreeunitofangle", "deg|°"},
    Entry{"C81", "radian", "rad"},
    Entry{"P1", "percent", "%"},
    Entry{"59", "partspermillion", "ppm"},
    Entry{"RPM", "revolutionsperminute", "rpm"},
    Entry{"VLT", "volt", "V"},
    Entry{"AMP", "ampere", "A"},
    Entry{"AMH", "amperehour", "Ah"},
    Entry{"WTT", "watt", "W"},
    Entry{"KWT", "kilowatt", "kW"},
    Entry{"MAW", "megawatt", "MW"},
    Entry{"OHM", "ohm", "Ω"},
    Entry{"HTZ", "hertz", "Hz"},
    Entry{"KHZ", "kilohertz", "kHz"},
    Entry{"MHZ", "megahertz", "MHz"},
    Entry{"TKM", "tonkilometre|tonkilometer|tonnekilometre|tonnekilometer", "tkm"},
    Entry{"MTS", "metrepersecond|meterpersecond", "m/s"},
    Entry{"MSK", "metrepersecondsquared|meterpersecondsquared", "m/s2"},
    Entry{"KMH", "kilometreperhour|kilometerperhour", "km/h"},
    Entry{"KMQ", "kilogrampercubicmetre|kilogrampercubicmeter", "kg/m3"},
    Entry{"A93", "grampercubicmetre|grampercubicmeter", "g/m3"},
    Entry{"MQH", "cubicmetreperhour|cubicmeterperhour", "m3/h"},
    Entry{"LUX", "lux", "lx"},
    Entry{"P71", "millisievertperhour", "mSv/h"},
    // CS: case, before packages got a recommendation of their own.
    Entry{"XCS", "case", "CS"},
    Entry{"XBX", "box", ""},
    Entry{"XCT", "carton", ""},
    Entry{"XPX", "pallet", ""},
    Entry{"XPK", "package", ""},
};

// All of these count pieces: H87 piece, C62 one, EA each, NAR number of articles, NIU number of
// international units (as the order samples of OASIS use it), PCE the older piece.
constexpr std::array<std::string_view, 6> kPieces = {"H87", "C62", "EA", "NAR", "NIU", "PCE"};

// Further codes of Recommendation 20 that have no name in the formats read here.
constexpr std::array<std::string_view, 15> kOtherCodes = {"C35", "CEN", "MIL", "DTN", "STN",
                                                          "LM",  "KGS", "GLL", "GLI", "FTQ",
                                                          "INQ", "INK", "4K",  "2Z",  "KVT"};

bool listed(std::string_view list, std::string_view word) {
  const auto words = core::split(list, '|');
  return !word.empty() && std::find(words.begin(), words.end(), word) != words.end();
}

// "unit:kilowattHour", "kilowatt hour" -> "kilowatthour"
std::string squeezed(std::string_view raw) {
  if (raw.starts_with("unit:")) raw.remove_prefix(5);
  std::string name = core::lower_ascii(raw);
  std::erase_if(name, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return name;
}

// X and a two-letter package code (Recommendation 21).
bool package(std::string_view raw) {
  const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return raw.size() == 3 && raw[0] == 'X' && upper(raw[1]) && upper(raw[2]);
}

}  // namespace

Unit canonical_unit(std::string_view raw) {
  raw = core::trim(raw);
  const auto is_raw = [raw](std::string_view code) { return code == raw; };
  if (std::any_of(kPieces.begin(), kPieces.end(), is_raw)) return {std::string(kPiece), true};
  if (std::any_of(kOtherCodes.begin(), kOtherCodes.end(), is_raw) || package(raw)) {
    return {std::string(raw), true};
  }
  for (const Entry& entry : kUnits) {
    if (entry.code == raw || listed(entry.symbols, raw)) return {std::string(entry.code), true};
  }
  const std::string name = squeezed(raw);
  for (const Entry& entry : kUnits) {
    if (listed(entry.names, name)) return {std::string(entry.code), true};
  }
  return {std::string(raw), false};
}

bool set_unit(pb::Quantity& quantity, std::string_view raw) {
  if (raw.empty()) return true;
  Unit unit = canonical_unit(raw);
  quantity.set_unit(std::move(unit.code));
  quantity.set_unit_raw(std::string(raw));
  return unit.known;
}

}  // namespace connector::record
