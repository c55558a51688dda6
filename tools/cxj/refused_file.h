// The file of refused lines: it holds customers' data, so only its owner may read it.
#pragma once

#include <cstdint>
#include <string>

#include "cxjourney/status.h"

namespace cxjourney::cli {

// One JSON object a line: file, line, reason, about (a field or namespace) and the text of the
// line, so that it can be mended and imported again. The file is created with the first line.
class RefusedFile {
 public:
  // Writes nothing when `path` is empty.
  explicit RefusedFile(std::string path) : path_(std::move(path)) {}
  ~RefusedFile();
  RefusedFile(const RefusedFile&) = delete;
  RefusedFile& operator=(const RefusedFile&) = delete;

  Status Add(const std::string& file, uint64_t line, const std::string& reason,
             const std::string& about, const std::string& text);
  Status Close();
  bool created() const { return created_; }
  const std::string& path() const { return path_; }

 private:
  Status Create();

  std::string path_;
  int descriptor_ = -1;
  bool created_ = false;
  std::string buffer_;
};

}  // namespace cxjourney::cli
