#include "record/xml.h"

#include <algorithm>
#include <cstring>

#include "core/text.h"
#include "record/xml_guard.h"

namespace connector::record {
namespace {

std::string_view after_prefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::vector<std::uint32_t> starts_of_lines(std::string_view bytes) {
  std::vector<std::uint32_t> starts{0};
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    starts.push_back(static_cast<std::uint32_t>(at + 1));
  }
  return starts;
}

// Numbers the children of one parent: 0 for the only one of its name, else 1, 2, ...
void index_children(pugi::xml_node parent, std::unordered_map<std::size_t, std::uint32_t>& index) {
  std::unordered_map<std::string_view, std::uint32_t> seen;
  for (const pugi::xml_node& node : elements(parent)) {
    index[node.hash_value()] = ++seen[local_name(node)];
  }
  for (const pugi::xml_node& node : elements(parent)) {
    if (seen[local_name(node)] == 1) index[node.hash_value()] = 0;
  }
}

}  // namespace

core::Result<Xml> parse_xml(std::string_view bytes) {
  if (auto status = guard_xml(bytes); !status) return std::move(status.error());
  Xml xml;
  const pugi::xml_parse_result parsed = xml.document_.load_buffer(
      bytes.data(), bytes.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) {
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0));
    return xml_error(bytes, offset,
                     std::string("the document is malformed: ") + parsed.description());
  }
  xml.line_starts_ = starts_of_lines(bytes);
  return xml;
}

std::string Xml::path_of(pugi::xml_node element) const {
  std::vector<pugi::xml_node> way;
  for (pugi::xml_node node = element; node.type() == pugi::node_element; node = node.parent()) {
    way.push_back(node);
  }
  std::string path;
  for (auto node = way.rbegin(); node != way.rend(); ++node) {
    if (!index_.contains(node->hash_value())) index_children(node->parent(), index_);
    if (!path.empty()) path += '/';
    path += local_name(*node);
    if (const std::uint32_t index = index_[node->hash_value()]; index > 0) {
      path.append("[").append(std::to_string(index)).append("]");
    }
  }
  return path;
}

std::string Xml::path_of(pugi::xml_node element, std::string_view attribute) const {
  return path_of(element) + "/@" + std::string(attribute);
}

Place Xml::place_of(pugi::xml_node element) const {
  Place place{.path = path_of(element)};
  // Of an element this is the offset of its name, one behind the "<".
  const std::ptrdiff_t offset = element.offset_debug();
  if (offset < 1) return place;
  const auto at = static_cast<std::uint32_t>(offset - 1);
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), at);
  place.line = static_cast<std::size_t>(next - line_starts_.begin());
  place.column = at - *(next - 1) + 1;
  return place;
}

bool looks_like_xml(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  using namespace std::string_view_literals;
  for (const std::string_view wide : {"\xFE\xFF\0<"sv, "\xFF\xFE<\0"sv, "\0<"sv, "\0\0\0<"sv,
                                      "\0\0\xFE\xFF\0\0\0<"sv, "\xFF\xFE\0\0<"sv}) {
    if (bytes.starts_with(wide)) return true;
  }
  return core::trim(bytes).starts_with("<");
}

std::string_view local_name(pugi::xml_node node) {
  return after_prefix(node.name());
}

std::string_view local_name(pugi::xml_attribute attribute) {
  return after_prefix(attribute.name());
}

std::string_view namespace_of(pugi::xml_node node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  const std::string declaration =
      colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
  for (; node.type() == pugi::node_element; node = node.parent()) {
    if (const auto bound = node.attribute(declaration.c_str())) return bound.value();
  }
  return {};
}

pugi::xml_node child(pugi::xml_node node, std::string_view name) {
  return node.find_child([name](pugi::xml_node candidate) {
    return candidate.type() == pugi::node_element && local_name(candidate) == name;
  });
}

std::vector<pugi::xml_node> children(pugi::xml_node node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node& candidate : node.children()) {
    if (candidate.type() == pugi::node_element && local_name(candidate) == name) {
      found.push_back(candidate);
    }
  }
  return found;
}

std::vector<pugi::xml_node> elements(pugi::xml_node node) {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node& candidate : node.children()) {
    if (candidate.type() == pugi::node_element) found.push_back(candidate);
  }
  return found;
}

std::string text(pugi::xml_node node) {
  std::string joined;
  for (const pugi::xml_node& part : node.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) joined += part.value();
  }
  return std::string(core::trim(joined));
}

std::string child_text(pugi::xml_node node, std::string_view name) {
  return text(child(node, name));
}

std::string attribute(pugi::xml_node node, std::string_view name) {
  for (const pugi::xml_attribute& candidate : node.attributes()) {
    if (local_name(candidate) == name && std::strncmp(candidate.name(), "xmlns", 5) != 0) {
      return std::string(core::trim(candidate.value()));
    }
  }
  return {};
}

}  // namespace connector::record
