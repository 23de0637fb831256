#include "opa/tool.h"

#include <stdlib.h>

#include <algorithm>
#include <map>

#include "opa/bundle.h"
#include "opa/process.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr const char* kForbidden[] = {
    "http.",       "net.",         "opa.runtime", "rand.",
    "time.now_ns", "uuid.rfc4122", "trace",       "rego.parse_module"};

bool forbidden(const std::string& name) {
  return std::any_of(std::begin(kForbidden), std::end(kForbidden), [&](std::string_view prefix) {
    return prefix.back() == '.' ? name.rfind(prefix, 0) == 0 : name == prefix;
  });
}

const Json& member(const Json& json, std::string_view key) {
  static const Json none;
  const Json* found = json.find(key);
  return found ? *found : none;
}

std::size_t count(const Json& number) {
  return static_cast<std::size_t>(number.as_uint64().value_or(0));
}

// What a set's member was, when a rule that adds it held: a constant, or what a variable was
// bound to.
Json member_of(const Json& head, const Json& locals) {
  const Json& key = member(head, "key");
  if (key.text_at("type") == "string") return member(key, "value");
  for (const Json& local : locals.items()) {
    if (key.text_at("type") == "var" && local.text_at("name") == key.text_at("value") &&
        local.text_at("type") == "string") {
      return member(local, "value");
    }
  }
  return {};
}

// A rule is entered once for each query; what fails within it belongs to that query.
std::vector<Visit> visits_in(const Json& trace) {
  std::vector<Visit> visits;
  std::map<std::string, std::size_t> open;  // query -> place in visits
  for (const Json& event : trace.items()) {
    const std::string op = event.text_at("Op");
    const Json& node = member(event, "Node");
    const Json& location = member(event, "Location");
    const std::string query = member(event, "QueryID").text();
    const Json* head = node.find("head");
    if (op == "Enter" && head) {
      open[query] = visits.size();
      visits.push_back({head->text_at("name"),
                        fs::path(location.text_at("file")).filename().string(),
                        count(member(location, "row")),
                        false,
                        0,
                        {}});
    }
    const auto at = open.find(query);
    if (at == open.end()) continue;
    Visit& visit = visits[at->second];
    if (op == "Fail") visit.failed_line = count(member(location, "row"));
    if (op == "Exit" && head) {
      visit.held = true;
      visit.value = member_of(*head, member(event, "Locals"));
    }
  }
  return visits;
}

core::Error invalid(const std::string& message) {
  return core::invalid("POLICY_INVALID", message,
                       "correct it, then try again; what was published is still in force");
}

std::vector<std::string> arguments_of(const Query& query, const fs::path& input) {
  std::vector<std::string> arguments{
      query.opa.string(), "eval",     "--bundle", query.bundle.string(), "--input",
      input.string(),     "--format", "json",     "--disable-indexing",  "--disable-early-exit"};
  if (query.trace) arguments.insert(arguments.end(), {"--explain", "full"});
  if (query.strict) arguments.emplace_back("--strict-builtin-errors");
  if (query.coverage) arguments.emplace_back("--coverage");
  arguments.push_back(query.text);
  return arguments;
}

}  // namespace

Draft::Draft(const fs::path& run_dir) {
  std::error_code error;
  fs::create_directories(run_dir, error);
  std::string name = (run_dir / "check-XXXXXX").string();
  if (::mkdtemp(name.data())) folder_ = name;
}

Draft::~Draft() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

core::Status Draft::made() const {
  if (!folder_.empty()) return core::ok();
  return core::unavailable("POLICY_STORAGE", "cannot write in the folder run/ of the connector");
}

core::Result<std::string> safe_capabilities(const fs::path& opa) {
  const auto all = run_tool({opa.string(), "capabilities", "--current"}, kToolTime);
  if (!all) return all.error();
  const auto json = core::parse_untrusted(all->text);
  const Json* builtins = json ? json->find("builtins") : nullptr;
  if (!builtins) return core::unavailable("OPA_NOT_STARTED", "opa capabilities cannot be read");
  Json kept = Json::array();
  for (const Json& builtin : builtins->items()) {
    if (!forbidden(builtin.text_at("name"))) kept.push(builtin);
  }
  Json narrowed = Json::object();
  for (const auto& [key, value] : json->members()) {
    if (key != "builtins" && key != "allow_net") narrowed.set(key, value);
  }
  narrowed.set("builtins", std::move(kept)).set("allow_net", Json::array());
  return core::to_text(narrowed);
}

core::Result<Json> json_in(const std::string& text) {
  const auto begin = text.find_first_of("{[");
  return core::parse_untrusted(begin == std::string::npos ? text : text.substr(begin));
}

std::string words_of(const std::string& text, const fs::path& bundle) {
  const auto json = json_in(text);
  std::string words = json ? describe_errors(*json) : std::string();
  if (words.empty()) words = text;
  const std::string prefix = bundle.string() + "/";
  for (auto at = words.find(prefix); at != std::string::npos; at = words.find(prefix)) {
    words.erase(at, prefix.size());
  }
  return words;
}

core::Result<Answered> evaluate(const Query& query) {
  const fs::path input = query.work / "input.json";
  if (auto written = replace_file(input, core::to_text(query.input)); !written) {
    return std::move(written.error());
  }
  const auto ran = run_tool(arguments_of(query, input), kToolTime);
  if (!ran) return ran.error();
  const auto json = json_in(ran->text);
  const Json* result = json ? json->find("result") : nullptr;
  if (!result || result->items().empty()) return invalid(words_of(ran->text, query.bundle));
  const Json& expressions = member(result->items()[0], "expressions");
  if (expressions.items().empty()) return invalid("OPA's answer is not understood");
  Answered answered;
  answered.value = member(expressions.items()[0], "value");
  answered.visits = visits_in(member(*json, "explanation"));
  answered.coverage = member(*json, "coverage");
  return answered;
}

}  // namespace connector::opa
