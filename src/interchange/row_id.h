// Ids for rows that have none.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "interchange/input.h"

namespace cxjourney::interchange {

// Makes "<digest of the file>:<row>"; reads the file for its digest when the first one is needed.
class RowId {
 public:
  explicit RowId(std::string path) : path_(std::move(path)) {}

  Status Set(uint64_t row, std::string& id) {
    if (digest_.empty()) {
      Result<std::string> digest = ContentDigest(path_);
      if (!digest.ok()) return digest.status();
      digest_ = *std::move(digest);
    }
    id = digest_ + ":" + std::to_string(row);
    return Status();
  }

 private:
  std::string path_;
  std::string digest_;
};

}  // namespace cxjourney::interchange
