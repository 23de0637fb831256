// Documents in: originals, records and their versions; what was withdrawn; lists for people.
#pragma once

#include "exchange/imports.h"
#include "store/readers.h"
#include "store/writer.h"

namespace connector::store {

class DocumentArchive final : public exchange::Archive {
 public:
  explicit DocumentArchive(Readers& readers) : readers_(readers) {}
  void use(Writer& writer) { writer_ = &writer; }

  core::Result<exchange::Imported> import(const exchange::ImportItem& item) override;
  core::Result<std::vector<exchange::RecordRow>> query(
      const exchange::RecordQuery& query) const override;
  core::Result<std::size_t> withdraw(const core::DatasetId& dataset, const std::string& key,
                                     const std::string& reason, core::EpochNs at) override;
  core::Result<std::string> original(const core::Digest& sha256) const override;

 private:
  Readers& readers_;
  Writer* writer_ = nullptr;
};

}  // namespace connector::store
