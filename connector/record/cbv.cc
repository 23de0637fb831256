#include "record/cbv.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/text.h"

namespace connector::record::cbv {
namespace {

constexpr std::array kBizSteps = {"accepting",
                                  "arriving",
                                  "assembling",
                                  "collecting",
                                  "commissioning",
                                  "consigning",
                                  "creating_class_instance",
                                  "cycle_counting",
                                  "decommissioning",
                                  "departing",
                                  "destroying",
                                  "disassembling",
                                  "dispensing",
                                  "encoding",
                                  "entering_exiting",
                                  "holding",
                                  "inspecting",
                                  "installing",
                                  "killing",
                                  "loading",
                                  "other",
                                  "packing",
                                  "picking",
                                  "receiving",
                                  "removing",
                                  "repackaging",
                                  "repairing",
                                  "replacing",
                                  "reserving",
                                  "retail_selling",
                                  "sampling",
                                  "sensor_reporting",
                                  "shipping",
                                  "staging_outbound",
                                  "stock_taking",
                                  "stocking",
                                  "storing",
                                  "transporting",
                                  "unloading",
                                  "unpacking",
                                  "void_shipping"};
constexpr std::array kDispositions = {"active",
                                      "available",
                                      "completeness_verified",
                                      "completeness_inferred",
                                      "conformant",
                                      "container_closed",
                                      "container_open",
                                      "damaged",
                                      "destroyed",
                                      "dispensed",
                                      "disposed",
                                      "encoded",
                                      "expired",
                                      "in_progress",
                                      "in_transit",
                                      "inactive",
                                      "mismatch_instance",
                                      "mismatch_class",
                                      "mismatch_quantity",
                                      "needs_replacement",
                                      "no_pedigree_match",
                                      "non_conformant",
                                      "non_sellable_other",
                                      "partially_dispensed",
                                      "recalled",
                                      "reserved",
                                      "retail_sold",
                                      "returned",
                                      "sellable_accessible",
                                      "sellable_not_accessible",
                                      "stolen",
                                      "unavailable",
                                      "unknown"};
constexpr std::array kBizTransactions = {"bol",     "cert",    "desadv",    "inv",    "pedigree",
                                         "po",      "poc",     "prodorder", "recadv", "rma",
                                         "testprd", "testres", "upevt"};
constexpr std::array kSourceDestinations = {"owning_party", "possessing_party", "location"};
constexpr std::array kErrorReasons = {"did_not_occur", "incorrect_data"};

struct Spelling {
  const char* urn;   // behind "urn:epcglobal:cbv:"
  const char* term;  // behind "https://ref.gs1.org/cbv/" or "cbv:"
};
constexpr Spelling kSpellings[] = {{"bizstep:", "BizStep-"},
                                   {"disp:", "Disp-"},
                                   {"btt:", "BTT-"},
                                   {"sdt:", "SDT-"},
                                   {"er:", "ER-"}};

template <typename Words>
bool has(const Words& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(), [&](const char* one) { return word == one; });
}

bool in_list(List list, std::string_view word) {
  switch (list) {
    case List::kBizStep:
      return has(kBizSteps, word);
    case List::kDisposition:
      return has(kDispositions, word);
    case List::kBizTransaction:
      return has(kBizTransactions, word);
    case List::kSourceDestination:
      return has(kSourceDestinations, word);
    case List::kErrorReason:
      return has(kErrorReasons, word);
  }
  return false;
}

bool take(std::string_view& text, std::string_view head) {
  if (core::lower_ascii(text.substr(0, head.size())) != core::lower_ascii(head)) return false;
  text.remove_prefix(head.size());
  return true;
}

}  // namespace

Word read(List list, std::string_view raw) {
  const std::string_view trimmed = core::trim(raw);
  const Spelling& spelling = kSpellings[static_cast<int>(list)];
  std::string_view word = trimmed;
  bool ours = true;
  bool stripped = false;
  if (take(word, "urn:epcglobal:cbv:")) {
    stripped = take(word, spelling.urn);
  } else if (take(word, "https://ref.gs1.org/cbv/") || take(word, "http://ref.gs1.org/cbv/") ||
             take(word, "https://ns.gs1.org/cbv/") || take(word, "cbv:")) {
    stripped = take(word, spelling.term);
  } else {
    ours = false;
  }
  if ((stripped || !ours) && in_list(list, word)) return {std::string(word), true, false, false};
  const bool uri = trimmed.find(':') != std::string_view::npos && trimmed.front() != ':' &&
                   trimmed.back() != ':' && trimmed.find(' ') == std::string_view::npos;
  return {std::string(trimmed), false, uri, uri && ours};
}

std::string sensor_term(std::string_view raw) {
  std::string_view word = core::trim(raw);
  for (const char* head :
       {"https://gs1.org/voc/", "https://ref.gs1.org/voc/", "https://www.gs1.org/voc/",
        "gs1:", "https://ref.gs1.org/cbv/Comp-", "cbv:Comp-"}) {
    if (take(word, head)) break;
  }
  return std::string(word);
}

}  // namespace connector::record::cbv
