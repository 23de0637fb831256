// The IDS usage-control classes, in ODRL and in the older IDS form: each read, none with a term
// dropped, and those with a slip refused at its place.
#include <functional>
#include <map>
#include <set>

#include "contract/policy_json.h"
#include "contract/term.h"
#include "contract_support.h"

namespace connector::contract::testing {
namespace {

using connector::testing::has_shared_data;
using connector::testing::read_file;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

constexpr const char* kSet = "ids-policy-classes";

template <typename T>
std::string joined(const std::vector<T>& values, const std::string& between,
                   const std::function<std::string(const T&)>& convert) {
  std::string text;
  for (const T& value : values) text += (text.empty() ? "" : between) + convert(value);
  return text;
}

std::string words(const Constraint& constraint) {
  std::string text = constraint.left + " " + std::string(name_of(constraint.op)) + " ";
  text += joined<Value>(constraint.right, ",", [](const Value& value) {
    return (value.type == "@id" ? "@" : "") + value.text;
  });
  if (!constraint.unit.empty()) text += " in " + constraint.unit;
  if (!constraint.frequency.empty()) text += " each " + constraint.frequency;
  if (!constraint.contract.empty()) text += " as " + constraint.contract;
  return text;
}

std::string words(const std::vector<Constraint>& constraints) {
  return joined<Constraint>(constraints, " & ", [](const Constraint& one) { return words(one); });
}

std::string words(const Subject& subject) {
  std::string text = subject.id.empty() ? "all of " + subject.source : subject.id;
  for (const std::string& type : subject.types) text += " " + type;
  return subject.refinements.empty() ? text : text + " with " + words(subject.refinements);
}

// A rule in one line: what it is about, where it differs from the example's usual parties and
// assets, its constraints in [], its duties behind +.
std::string words(const Rule& rule) {
  std::string text = joined<Action>(rule.actions, ",", [](const Action& action) {
    return action.refinements.empty() ? action.name
                                      : action.name + "{" + words(action.refinements) + "}";
  });
  const auto subjects = [&](const char* role, const std::vector<Subject>& some) {
    for (const Subject& subject : some) {
      if (subject.collection || !subject.types.empty()) {
        text += std::string(" ") + role + "(" + words(subject) + ")";
      }
    }
  };
  subjects("target", rule.targets);
  subjects("assigner", rule.assigners);
  subjects("assignee", rule.assignees);
  for (const Function& function : rule.functions) {
    text += " " + function.name + "(" +
            joined<Subject>(function.subjects, ",", [](const Subject& s) { return words(s); }) +
            ")";
  }
  if (!rule.constraints.empty()) text += " [" + words(rule.constraints) + "]";
  if (!rule.next_policy.empty()) text += " -> " + rule.next_policy;
  for (const Rule& duty : rule.duties) text += " + " + words(duty);
  return text;
}

std::string words(const Policy& policy) {
  const auto all = [](const char* kind, const std::vector<Rule>& rules) {
    return joined<Rule>(
        rules, "", [&](const Rule& rule) { return std::string(kind) + ": " + words(rule) + "\n"; });
  };
  return all("may", policy.permissions) + all("must not", policy.prohibitions) +
         all("must", policy.obligations);
}

std::string words(const Reading& reading) {
  return joined<Found>(reading.policies, "",
                       [](const Found& found) { return words(found.policy); });
}

const std::string kData = "http://example.com/ids/data/";
const std::string kParty = "http://example.com/ids/party/";
const std::string kBefore = "[event lt @policyUsage]";
const std::string kLevels =
    "idsc:SECURITY_LEVEL isPartOf idsc:TRUST_PLUS_SECURITY_PROFILE,idsc:TRUST_SECURITY_PROFILE";
const std::string kReplace = "idsc:REPLACE{idsc:REPLACE_WITH eq xxxx & idsc:JSON_PATH eq $.name}";
const std::string kPaid = "compensate{payAmount eq 500.00 in http://dbpedia.org/resource/Euro";
const std::string kClasses = "skos:concept isNoneOf health,confidential,automotive";

// What each example says, written from the files.
const std::map<std::string, std::string> kOdrl = {
    {"odrl-complex-policy-example.json",
     "may: derive,display [idsc:CONNECTOR isAnyOf ?connector1URI,?connector2URI & " + kLevels +
         " & dateTime gteq 2022-06-01T08:00Z & dateTime lteq 2022-10-01T08:00Z] + " + kReplace +
         " " + kBefore + "\n"},
    {"pc1-odrl-restrict-consumer-example.json", "may: use,distribute\n"},
    {"pc2-odrl-restrict-connector-example.json",
     "may: derive,display [idsc:CONNECTOR isAnyOf ?connector1URI,?connector2URI]\n"},
    {"pc3-odrl-restrict-application-example.json",
     "may: execute,display [idsc:APPLICATION isPartOf ?DataAppURI,?DataAppURI]\n"},
    {"pc4-mended.json",
     "may: execute,display assigner(" + kParty + "1234 vcard:Individual) assignee(all of " +
         kParty + "4565 vcard:Group with vcard:hasRole isPartOf Team leader,Backend Developer)\n"},
    {"pc5-odrl-restrict-location-of-usage-example.json",
     "may: use [spatial eq http://ontologi.es/place/DE]\n"},
    {"pc6-odrl-restrict-purpose-example.json", "may: read,use [purpose eq Research]\n"},
    {"pc7-odrl-restrict-event-example.json", "may: read,use [event eq Hannover Messe 2022]\n"},
    {"pc8-odrl-restrict-security-level-example.json", "may: derive,display [" + kLevels + "]\n"},
    {"pc9-odrl-restrict-time-interval-example.json",
     "may: use [dateTime gteq 2022-06-01T08:00:00Z & dateTime lteq 2022-10-01T08:00:00Z]\n"},
    {"pc10-odrl-restrict-duration-offer-example.json", "may: use [elapsedTime eq P3M]\n"},
    {"pc11-odrl-restrict-number-of-usage-example.json", "may: use [count lteq 10]\n"},
    {"pc12-odrl-delete-data-example.json", "may: print + delete\n"},
    {"pc13-odrl-modify-in-transit-example.json", "may: use + " + kReplace + " " + kBefore + "\n"},
    {"pc14-mended.json", "must: anonymize\n"},
    {"pc15-odrl-log-usage-information-example.json",
     "may: use + idsc:log{systemDevice eq ch-ids.aisec.fraunhofer.de & idsc:LOG_LEVEL eq "
     "idsc:ON_ALLOW}\n"},
    {"pc16-odrl-notify-party-example.json",
     "may: use + inform{idsc:NOTIFICATION_LEVEL eq idsc:ON_ALLOW} informedParty(" + kParty +
         "123)\n"},
    {"pc17-mended.json",
     "may: distribute + nextPolicy -> http://example.com/policy/modify-in-transit/42\n"},
    {"pc18-odrl-restrict-artifact-state-example.json",
     "may: distribute target(all of " + kData +
         "789 with ids:artifact_state isAllOf idsc:encrypted,idsc:anonymized)\n"},
    {"pc19-odrl-restrict-payment-sale-example.json",
     "may: read,use + " + kPaid + "} " + kBefore + "\n"},
    {"pc20-odrl-restrict-payment-rent-example.json",
     "may: read,use + " + kPaid + " each freq:annual} " + kBefore + "\n"},
    {"pc21-odrl-restrict-state-example.json", "may: use [idsc:state eq emergency]\n"},
    {"pc22-mended.json",
     "may: use assigner(" + kParty + "123123 vcard:Organization) assignee(all of " + kParty +
         "456456 vcard:Group with vcard:hasGeo eq http://ontologi.es/place/DE)\n"},
    {"pc23-odrl-obtain-consent-example.json",
     "may: use + obtainConsent consentingParty(http://example.com/person/sara," + kParty +
         "john) " + kBefore + "\n"},
    {"pc24-mended.json", "may: distribute target(all of " + kData + "789 with " + kClasses + ")\n" +
                             "may: use target(all of " + kData +
                             "789 with skos:concept isPartOf health,confidential,automotive)\n"},
    {"pc25-odrl-anonymize-with-mpc.json",
     "may: read + idsc:MPC{idsc:MPC_FUNCTION eq SUM} " + kBefore +
         "\nmay: read{idsc:QUERY eq SUM} + idsc:MPC " + kBefore + "\nmay: read + idsc:MPC " +
         kBefore + "\n"}};

const std::string kAfter = "[event gt @policyUsage]";
const std::string kFee = " in http://dbpedia.org/resource/Euro";

const std::map<std::string, std::string> kIds = {
    {"ids-complex-policy-example.json",
     "may: use [idsc:CONNECTOR isAnyOf http://example.com/ids/connector/12,"
     "http://example.com/ids/connector/34,http://example.com/ids/connector/56 & purpose eq "
     "http://example.com/ids/purpose/Marketing & count lteq 10] + " +
         kReplace + " " + kBefore + " + delete{dateTime lt 2023-04-30T11:43:00Z} " + kAfter +
         " + idsc:INCREMENT_COUNTER " + kAfter +
         " + idsc:log{idsc:LOG_LEVEL eq idsc:ON_ALLOW & systemDevice eq "
         "http://example.com/ids/system/logserver} " +
         kAfter + " + inform{idsc:NOTIFICATION_LEVEL eq idsc:ON_ALLOW & recipient eq " + kParty +
         "data-owner-party} " + kAfter + "\nmust not: distribute\n"},
    {"pc1-ids-restrict-consumer-example.json", "may: use\n"},
    {"pc2-ids-restrict-connector-example.json",
     "may: use [idsc:CONNECTOR isAnyOf ?connector1URI,?connector2URI]\n"},
    {"pc4-ids-restrict-user-role-example.json", "may: use [idsc:ROLE eq ?userRole]\n"},
    {"pc5-ids-restrict-location-of-usage-example.json",
     "may: use [spatial eq http://ontologi.es/place/DE]\n"},
    {"pc7-ids-restrict-event-example.json",
     "may: use [event eq http://example.com/ids/event/exhibition]\n"},
    {"pc8-ids-restrict-security-level-example.json",
     "may: use [idsc:SECURITY_LEVEL isAnyOf "
     "idsc:TRUST_PLUS_SECURITY_PROFILE,idsc:TRUST_SECURITY_PROFILE]\n"},
    {"pc10-ids-restrict-duration-offer-example.json", "may: use [elapsedTime lteq P2Y3M]\n"},
    {"pc11-ids-restrict-number-of-usage-example.json",
     "may: use [count lteq 30] + idsc:INCREMENT_COUNTER " + kAfter + "\n"},
    {"pc13-ids-modify-in-transit-example.json", "may: use + " + kReplace + " " + kBefore + "\n"},
    {"pc14-ids-modify-in-rest-example.json", "must: anonymize\n"},
    {"pc16-ids-notify-party-example.json",
     "may: use + inform{idsc:NOTIFICATION_LEVEL eq idsc:ON_ALLOW & recipient eq " + kParty +
         "my-party} " + kAfter + "\n"},
    {"pc17-ids-distribute-next-policy-example.json",
     "may: distribute + nextPolicy " + kBefore +
         " -> http://example.com/policy/modify-in-transit/42\n"},
    {"pc19-ids-restrict-payment-sale-example.json",
     "may: use [payAmount eq 500.00" + kFee + " as http://dbpedia.org/page/Sale]\n"},
    {"pc20-ids-restrict-payment-rent-example.json",
     "may: use [payAmount eq ?fee" + kFee +
         " each freq:annual as http://dbpedia.org/page/Rent]\n"}};

// Names that a document writes otherwise than the normal form.
std::string in_normal_form(const std::string& written) {
  static const std::map<std::string, std::string> kNames = {
      {"idsc:USE", "use"},
      {"idsc:READ", "read"},
      {"idsc:DELETE", "delete"},
      {"idsc:DISTRIBUTE", "distribute"},
      {"idsc:ANONYMIZE", "anonymize"},
      {"idsc:NOTIFY", "inform"},
      {"idsc:LOG", "idsc:log"},
      {"idsc:NEXT_POLICY", "nextPolicy"},
      {"idsc:ABSOLUTE_SPATIAL_POSITION", "spatial"},
      {"idsc:COUNT", "count"},
      {"idsc:DATE_TIME", "dateTime"},
      {"idsc:ELAPSED_TIME", "elapsedTime"},
      {"idsc:EVENT", "event"},
      {"idsc:PAYMENT", "payAmount"},
      {"idsc:PAY_AMOUNT", "payAmount"},
      {"idsc:RECIPIENT", "recipient"},
      {"idsc:SYSTEM_DEVICE", "systemDevice"},
      {"https://w3id.org/idsa/core/purpose", "purpose"},
      {"odrl:policyUsage", "policyUsage"},
      {"odrl:compensate", "compensate"},
      {"odrl:obtainConsent", "obtainConsent"},
      {"idsc:ANNUAL", "freq:annual"},
      {"idsc:EQ", "eq"},
      {"idsc:EQUALS", "eq"},
      {"idsc:SAME_AS", "eq"},
      {"idsc:DEFINES_AS", "eq"},
      {"idsc:IN", "isAnyOf"},
      {"idsc:LTEQ", "lteq"},
      {"idsc:SHORTER_EQ", "lteq"},
      {"idsc:BEFORE", "lt"}};
  const auto found = kNames.find(written);
  return found == kNames.end() ? written : found->second;
}

using Counts = std::map<std::string, std::size_t>;

// Every string and number of a document, but types and contexts.
void count_leaves(const core::Json& json, Counts& counts) {
  for (const core::Json& item : json.items()) count_leaves(item, counts);
  for (const auto& [key, member] : json.members()) {
    if (key != "@context" && key != "@type") count_leaves(member, counts);
  }
  if (!json.text().empty()) ++counts[in_normal_form(json.text())];
}

// The same of what was read; a note's JSON counts by what is in it.
void count_read(const core::Json& json, Counts& counts) {
  for (const core::Json& item : json.items()) count_read(item, counts);
  for (const auto& [key, member] : json.members()) {
    if (key == "json") {
      count_leaves(json_of(member.text()), counts);
    } else if (key != "instant") {
      count_read(member, counts);
    }
  }
  if (!json.text().empty()) ++counts[json.text()];
}

void expect_nothing_dropped(const std::string& file, const std::string& text,
                            const Reading& reading) {
  Counts written;
  const auto documents = core::parse_untrusted_sequence(text, 10);
  ASSERT_TRUE(documents) << file;
  for (const core::Json& document : *documents) count_leaves(document, written);
  Counts read;
  for (const Found& found : reading.policies) count_read(to_json(found.policy), read);
  for (const Fact& fact : reading.facts) {
    ++read[fact.id];
    for (const Note& member : fact.members) count_leaves(json_of(member.json), read);
  }
  // A refinement of IDS that becomes the rule's next policy: the value is kept.
  written.erase("idsc:TARGET_POLICY");
  const std::string next = "http://example.com/policy/modify-in-transit/42";
  if (file.starts_with("pc17-ids")) --written["eq"];
  EXPECT_EQ(read[next], written[next]) << file;
  for (const auto& [leaf, times] : written) EXPECT_GE(read[leaf], times) << file << ": " << leaf;
}

std::string text_of(const std::string& file) {
  const bool mended = file.find("-mended") != std::string::npos;
  return read_file(mended ? fixture(file) : shared_data_dir() / kSet / file);
}

TEST(IdsClasses, EveryExampleIsReadCompletely) {
  if (!has_shared_data(kSet)) GTEST_SKIP() << shared_data_missing(kSet);
  std::set<std::string> classes;
  for (const auto* examples : {&kOdrl, &kIds}) {
    for (const auto& [file, expected] : *examples) {
      const std::string text = text_of(file);
      const Reading reading = reading_of(text);
      EXPECT_EQ(words(reading), expected) << file;
      expect_nothing_dropped(file, text, reading);
      classes.insert(file.substr(0, file.find('-')));
    }
  }
  EXPECT_EQ(kOdrl.size() + kIds.size(), 41u);
  EXPECT_EQ(classes.size(), 27u);  // 25 classes, "odrl" and "ids" of the complex ones
}

TEST(IdsClasses, MendedCopiesAreReadWithoutTheSharedData) {
  for (const auto& [file, expected] : kOdrl) {
    if (file.find("-mended") == std::string::npos) continue;
    EXPECT_EQ(words(reading_of(text_of(file))), expected) << file;
  }
  EXPECT_EQ(reading_of(text_of("pc4-mended.json")).facts.size(), 3u);
  EXPECT_EQ(reading_of(text_of("pc24-mended.json")).policies.at(0).policy.permissions.size(), 2u);
}

struct Slip {
  const char* file;
  const char* line;
  const char* column;
};

TEST(IdsClasses, SlipsAreRefusedAtTheirPlace) {
  if (!has_shared_data(kSet)) GTEST_SKIP() << shared_data_missing(kSet);
  // The table of the data set's NOTICE.md.
  for (const Slip& slip : std::initializer_list<Slip>{
           {"pc4-odrl-restrict-user-role-example.json", "48", "9"},
           {"pc14-odrl-modify-in-rest-example.json", "21", "5"},
           {"pc17-odrl-distribute-next-policy-example.json", "24", "9"},
           {"pc22-odrl-restrict-location-of-participant-example.json", "31", "9"},
           {"pc24-odrl-restrict-data-classification-example.json", "27", "9"}}) {
    const core::Error error = refusal_of(text_of(slip.file));
    EXPECT_EQ(error.reason, "INVALID_JSON") << slip.file;
    EXPECT_EQ(error.metadata.at("line"), slip.line) << slip.file;
    EXPECT_EQ(error.metadata.at("column"), slip.column) << slip.file;
  }
}

TEST(IdsClasses, TheSameKeyTwiceIsRefusedAndLosesNoRule) {
  const core::Error error = refusal_of(text_of("pc24-commas-mended.json"));
  EXPECT_EQ(error.message, "the key \"permission\" stands twice (line 41, column 5)");
  EXPECT_EQ(error.metadata.at("line"), "41");
}

TEST(IdsClasses, SeveralDocumentsAreSeveral) {
  if (!has_shared_data(kSet)) GTEST_SKIP() << shared_data_missing(kSet);
  const Reading state = reading_of(text_of("pc18-odrl-restrict-artifact-state-example.json"));
  EXPECT_EQ(state.documents, 2u);
  ASSERT_EQ(state.facts.size(), 1u);
  EXPECT_EQ(state.policies.at(0).document, 1u);
  const Fact expected = {
      "http://example.com/asset:111.json",
      {"dct:Dataset"},
      {{"dct:title", "\"production plan\""},
       {"dct:fileFormat", "\"application/json\""},
       {"partOf", "\"http://example.com/ids/data/789\""},
       {"ids:artifact_state", R"(["idsc:encrypted","idsc:combined","idsc:anonymized"])"}}};
  EXPECT_EQ(state.facts[0], expected);

  const Reading consent = reading_of(text_of("pc23-odrl-obtain-consent-example.json"));
  EXPECT_EQ(consent.documents, 6u);
  EXPECT_EQ(consent.facts.size(), 5u);
  EXPECT_EQ(consent.policies.size(), 1u);
  const Reading computed = reading_of(text_of("pc25-odrl-anonymize-with-mpc.json"));
  EXPECT_EQ(computed.policies.size(), 3u);
  EXPECT_EQ(computed.policies.at(2).policy.id, "http://example.com/policy/anonymize-before-read/3");
}

TEST(IdsClasses, PartiesOfTheContractAreThoseOfThePolicy) {
  if (!has_shared_data(kSet)) GTEST_SKIP() << shared_data_missing(kSet);
  const Policy ids = policy_of(text_of("pc1-ids-restrict-consumer-example.json"));
  EXPECT_EQ(ids.type, Policy::Type::kAgreement);
  EXPECT_EQ(ids.assigners.at(0).id, "http://example.com/party/my-party");
  EXPECT_EQ(ids.assignees.at(0).id, kParty + "consumer-party");
  EXPECT_EQ(ids.permissions.at(0).targets.at(0).id, kData + "d1234");
  EXPECT_EQ(policy_of(text_of("pc11-ids-restrict-number-of-usage-example.json")).type,
            Policy::Type::kOffer);
}

TEST(IdsClasses, InformationPointsAreKeptAsNotes) {
  if (!has_shared_data(kSet)) GTEST_SKIP() << shared_data_missing(kSet);
  const Policy policy = policy_of(text_of("pc21-odrl-restrict-state-example.json"));
  const Constraint& constraint = policy.permissions.at(0).constraints.at(0);
  ASSERT_EQ(constraint.notes.size(), 1u);
  EXPECT_EQ(constraint.notes[0].name, "ids:pipEndpoint");
  EXPECT_NE(constraint.notes[0].json.find("?endPointURI"), std::string::npos);
  EXPECT_TRUE(constraint.list);  // a list of one
}

}  // namespace
}  // namespace connector::contract::testing
