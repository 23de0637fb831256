#include "record/xml.h"

#include <gtest/gtest.h>

#include "core/limits.h"
#include "record/xml_guard.h"

namespace connector::record {
namespace {

using namespace std::string_literals;
namespace limits = core::limits;

core::Error refusal(std::string_view bytes) {
  auto xml = parse_xml(bytes);
  if (xml) {
    ADD_FAILURE() << "was read: " << bytes.substr(0, 80);
    return {};
  }
  EXPECT_EQ(xml.error().reason, "DOCUMENT_REFUSED");
  EXPECT_FALSE(xml.error().message.empty());
  return xml.error();
}

void expect_refused(std::string_view bytes, std::string_view cause, const char* line,
                    const char* column) {
  const core::Error error = refusal(bytes);
  EXPECT_NE(error.message.find(cause), std::string::npos) << error.message;
  EXPECT_EQ(error.metadata.count("line"), 1u);
  if (error.metadata.count("line") == 0) return;
  EXPECT_EQ(error.metadata.at("line"), line) << error.message;
  EXPECT_EQ(error.metadata.at("column"), column) << error.message;
}

Xml parsed(std::string_view bytes) {
  auto xml = parse_xml(bytes);
  if (!xml) {
    ADD_FAILURE() << xml.error().message;
    return {};
  }
  return std::move(*xml);
}

TEST(XmlTest, ReadsNamesNamespacesAndText) {
  const Xml xml = parsed(
      "<?xml version='1.0' encoding='utf-8'?>\n"
      "<o:Order xmlns:o='urn:o' xmlns='urn:d' xmlns:c='urn:c'>\n"
      "  <c:ID c:schemeID=' GLN ' xmlns:schemeID='urn:x'> 4 &amp;<!-- two --> 5<![CDATA[<6]]> "
      "</c:ID>"
      "<Plain xmlns=''/><Other/></o:Order>");
  const auto root = xml.root();
  EXPECT_EQ(local_name(root), "Order");
  EXPECT_EQ(namespace_of(root), "urn:o");
  EXPECT_EQ(namespace_of(child(root, "ID")), "urn:c");
  EXPECT_EQ(namespace_of(child(root, "Plain")), "");
  EXPECT_EQ(namespace_of(child(root, "Other")), "urn:d");
  EXPECT_EQ(child_text(root, "ID"), "4 & 5<6");
  EXPECT_EQ(attribute(child(root, "ID"), "schemeID"), "GLN");
  EXPECT_FALSE(child(root, "Absent"));
  EXPECT_EQ(child_text(root, "Absent"), "");
}

TEST(XmlTest, NamesPlacesWithLineAndColumn) {
  const Xml xml = parsed(
      "\xEF\xBB\xBF<Order>\n<Line><Q>1</Q></Line>\n  <x:Line xmlns:x='u'><Q/></x:Line>\n</Order>");
  const auto lines = children(xml.root(), "Line");
  ASSERT_EQ(lines.size(), 2u);
  const Place place = xml.place_of(child(lines[1], "Q"));
  EXPECT_EQ(place.path, "Order/Line[2]/Q");
  EXPECT_EQ(place.line, 3u);
  EXPECT_EQ(place.column, 23u);
  EXPECT_EQ(xml.path_of(lines[0]), "Order/Line[1]");
  EXPECT_EQ(xml.path_of(xml.root(), "id"), "Order/@id");
  EXPECT_EQ(xml.place_of(xml.root()).line, 1u);
}

TEST(XmlTest, NodesOutliveAMove) {
  Xml first = parsed("<a><b>x</b></a>");
  const auto node = child(first.root(), "b");
  const Xml second = std::move(first);
  EXPECT_EQ(text(node), "x");
  EXPECT_EQ(second.place_of(node).path, "a/b");
}

TEST(XmlTest, PathsOfManySiblingsTakeLinearTime) {
  std::string bytes = "<a>";
  constexpr std::size_t kSiblings = 200'000;
  for (std::size_t i = 0; i < kSiblings; ++i) bytes += "<b/>";
  const Xml xml = parsed(bytes + "</a>");
  std::size_t characters = 0;
  for (const auto& node : children(xml.root(), "b")) characters += xml.path_of(node).size();
  // "a/b[n]": five characters and the digits of 1..200,000.
  const std::size_t digits = 9 + 180 + 2'700 + 36'000 + 450'000 + 6 * (kSiblings - 99'999);
  EXPECT_EQ(characters, 5 * kSiblings + digits);
}

TEST(XmlTest, ABareDocumentTypeIsReadPast) {
  const Xml xml = parsed("<!DOCTYPE project>\n<Order><ID>1</ID></Order>");
  EXPECT_EQ(child_text(xml.root(), "ID"), "1");
  const Xml external = parsed("<!DOCTYPE a PUBLIC \"-//x//[>\" 'file:///etc/passwd'><a/>");
  EXPECT_EQ(local_name(external.root()), "a");
}

TEST(XmlTest, AnInternalSubsetIsRefused) {
  expect_refused("<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
                 "internal subset", "2", "1");
  expect_refused("<!DOCTYPE a SYSTEM \"x.dtd\" []><a/>", "internal subset", "1", "1");
}

TEST(XmlTest, BillionLaughsIsRefused) {
  expect_refused(
      "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY lol \"lol\">\n"
      "<!ENTITY lol2 \"&lol;&lol;&lol;\">\n]>\n<lolz>&lol2;</lolz>",
      "internal subset", "2", "1");
}

TEST(XmlTest, UndeclaredEntitiesAreRefused) {
  expect_refused("<a>\n<b>x &nbsp; y</b></a>", "'&nbsp;'", "2", "6");
  expect_refused("<a b='&x;'/>", "'&x;'", "1", "7");
  expect_refused("<a>fish & chips</a>", "entity reference", "1", "9");
  expect_refused("<a>&#0;</a>", "'&#0;'", "1", "4");
  expect_refused("<a>&#xD800;</a>", "entity reference", "1", "4");
  expect_refused("<a>&#99999999999;</a>", "entity reference", "1", "4");
  const Xml xml = parsed("<a b='&quot;&#x41;'>&lt;&#66;&apos;&gt;</a>");
  EXPECT_EQ(attribute(xml.root(), "b"), "\"A");
  EXPECT_EQ(text(xml.root()), "<B'>");
}

TEST(XmlTest, OtherEncodingsAreRefused) {
  using namespace std::string_view_literals;
  expect_refused("\xFF\xFE<\0a\0/\0>\0"sv, "UTF-16", "1", "1");
  expect_refused("\0<\0a\0/\0>"sv, "UTF-16", "1", "1");
  expect_refused("\0\0\xFE\xFF\0\0\0<"sv, "UTF-32", "1", "1");
  expect_refused("\xFF\xFE\0\0<\0\0\0"sv, "UTF-32", "1", "1");
  expect_refused("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "iso-8859-1", "1", "1");
  expect_refused("<?xml version='1.0' encoding=\"UTF-16\"?><a/>", "utf-16", "1", "1");
  EXPECT_TRUE(parse_xml("<?xml version='1.0' encoding='US-ASCII'?><a/>").has_value());
}

TEST(XmlTest, InvalidCharactersAreRefused) {
  expect_refused("<a>\n\xC3\x28</a>", "not valid UTF-8", "2", "1");
  expect_refused("<a>\xC0\xAF</a>", "not valid UTF-8", "1", "4");
  expect_refused("<a>\xED\xA0\x80</a>", "not valid UTF-8", "1", "4");
  expect_refused("<a>\xF4\x90\x80\x80</a>", "not valid UTF-8", "1", "4");
  expect_refused("<a>x\xE2\x82", "not valid UTF-8", "1", "5");
  expect_refused("<a>\x01</a>", "control character", "1", "4");
  expect_refused("<a>\0</a>"s, "control character", "1", "4");
  expect_refused("<a>\xEF\xBF\xBF</a>", "not valid UTF-8", "1", "4");
}

TEST(XmlTest, TruncatedAtEveryByteIsRefused) {
  const std::string whole =
      "<?xml version='1.0'?><!-- c --><!DOCTYPE a><a x='1'><b>t&amp;</b><![CDATA[q]]><?p i?></a>";
  ASSERT_TRUE(parse_xml(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_xml(whole.substr(0, size)).has_value()) << whole.substr(0, size);
  }
  expect_refused("<Order>\n  <ID>1</ID>\n", "truncated", "3", "1");
}

TEST(XmlTest, MalformedIsRefusedWithItsPlace) {
  expect_refused("<a>\n<b></c></a>", "'b' is closed as 'c'", "2", "4");
  expect_refused("<a></a></a>", "never began", "1", "8");
  expect_refused("<a/>\n<b/>", "second root", "2", "1");
  expect_refused("<a/>text", "outside", "1", "5");
  expect_refused("text<a/>", "outside", "1", "1");
  expect_refused("<a x='1' x='2'/>", "'x' is given twice", "1", "1");
  expect_refused("<a x=1/>", "not quoted", "1", "6");
  expect_refused("<a x/>", "no value", "1", "5");
  expect_refused("<a x='<'/>", "holds a '<'", "1", "7");
  expect_refused("<1a/>", "no valid name", "1", "2");
  expect_refused("<a x='1'y='2'/>", "malformed", "1", "9");
  expect_refused("", "no root", "1", "1");
  expect_refused("<a/><!DOCTYPE a>", "wrong place", "1", "5");
  expect_refused("<a><?xml version='1.0'?></a>", "XML declaration", "1", "4");
  expect_refused("{\"type\":\"EPCISDocument\"}", "outside", "1", "1");
}

std::string nested(std::size_t depth) {
  std::string bytes;
  for (std::size_t i = 0; i < depth; ++i) bytes += "<a>";
  for (std::size_t i = 0; i < depth; ++i) bytes += "</a>";
  return bytes;
}

TEST(XmlTest, DepthIsLimited) {
  EXPECT_TRUE(parse_xml(nested(limits::kXmlDepth)).has_value());
  EXPECT_NE(refusal(nested(limits::kXmlDepth + 1)).message.find("nested deeper"),
            std::string::npos);
  EXPECT_NE(refusal(nested(1'000'000)).message.find("nested deeper"), std::string::npos);
}

TEST(XmlTest, TextsAreLimited) {
  const std::string ten(10u << 20, 'x');
  const std::string half(limits::kXmlTextBytes / 2 + 1, 'x');
  EXPECT_NE(refusal("<a>" + ten + "</a>").message.find("longer than"), std::string::npos);
  EXPECT_NE(refusal("<a b='" + ten + "'/>").message.find("longer than"), std::string::npos);
  EXPECT_NE(refusal("<a><![CDATA[" + ten + "]]></a>").message.find("longer"), std::string::npos);
  EXPECT_NE(refusal("<a>" + half + "<!-- -->" + half + "</a>").message.find("longer than"),
            std::string::npos);
  EXPECT_NE(refusal("<a" + ten + "/>").message.find("overlong name"), std::string::npos);
  EXPECT_TRUE(parse_xml("<a><b>" + half + "</b><b>" + half + "</b></a>").has_value());
}

TEST(XmlTest, ElementsAndAttributesAreLimited) {
  std::string bytes = "<a>";
  for (std::size_t i = 0; i < kXmlNodes / 2; ++i) bytes += "<b c=''/>";
  EXPECT_NE(refusal(bytes + "</a>").message.find("4000000 elements"), std::string::npos);
}

TEST(XmlTest, DocumentsAreLimited) {
  const std::string bytes(limits::kDocumentBytes + 1, ' ');
  EXPECT_NE(refusal(bytes).message.find("limit"), std::string::npos);
}

TEST(XmlTest, TellsMarkupFromOtherText) {
  EXPECT_TRUE(looks_like_xml("\xEF\xBB\xBF \n<a/>"));
  EXPECT_TRUE(looks_like_xml("\xFF\xFE<\0"s));
  EXPECT_TRUE(looks_like_xml("\0<\0a"s));
  EXPECT_FALSE(looks_like_xml(" {\"a\": \"<b/>\"}"));
  EXPECT_FALSE(looks_like_xml(""));
}

}  // namespace
}  // namespace connector::record
