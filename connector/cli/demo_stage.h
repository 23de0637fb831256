// The stage of the demonstration: three companies on this machine, each with a connector of its
// own, and how what happens is told.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/process.h"
#include "core/json.h"
#include "core/result.h"

namespace connector::cli {

struct Company {
  std::string participant;
  std::string site;
  std::string name;
  std::string gln;
  std::string dir;
  std::string connector() const { return participant + "/" + site; }
};

// Texts go to stdout, unless the answers do as JSON.
class Stage {
 public:
  // kept: the three connectors stay there, so it makes sense to name commands to try on them.
  Stage(std::filesystem::path folder, bool kept, bool json)
      : folder_(std::move(folder)), kept_(kept), json_(json) {}

  core::Json report() { return core::Json::object().set("steps", std::move(steps_)); }

  // ---- its first steps ----
  core::Status found();
  core::Status meet();
  core::Status import();

 protected:
  void say(const std::string& text) const;
  void title(const std::string& text);
  void done(const std::string& what, const core::Json& answer);
  void try_it(const Company& company, const std::string& command) const;
  core::Result<core::Json> ask(const Company& company, const std::string& operation,
                               core::Json args, const std::string& body = {},
                               const std::function<void(const core::Json&)>& progress = {});
  // The policy's table of partners, as an admin would fill it in.
  core::Status know_partners(const Company& self);
  // What an admin writes to offer data: datasets, to whom, and under which terms.
  core::Status write_offers(const Company& self);
  // Who runs the demonstration acts as the company's ERP system.
  core::Status name_application(const Company& self);
  void refused(const core::Error& error);
  // uses: asked for, otherwise than offered; a counter-offer is accepted.
  core::Result<core::Json> negotiate(const Company& consumer, const Company& provider,
                                     const std::string& offer, const std::string& uses);
  core::Result<core::Json> fetch(const Company& consumer, const Company& provider,
                                 const std::string& dataset, const std::string& purpose);
  static std::string number(const core::Json& json, const char* key);
  void indent(const std::string& text) const;

  Company maker_{"did:web:veldkamp.example", "hengelo", "Veldkamp Machines", "8712345000004", {}};
  Company supplier_{"did:web:brink.example", "deventer", "Brink Precision", "8712346000003", {}};
  Company steel_{"did:web:noordstaal.example", "ijmuiden", "Noordstaal", "8712347000002", {}};
  const std::filesystem::path folder_;
  const bool kept_;

 private:
  const bool json_;
  int number_ = 0;
  core::Json steps_ = core::Json::array();
  std::vector<ServedConnector> running_;
};

}  // namespace connector::cli
