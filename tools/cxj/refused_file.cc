#include "cxj/refused_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace cxjourney::cli {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

Status SystemFailure(const std::string& path) {
  const Code code = errno == ENOSPC ? Code::kResourceExhausted : Code::kUnavailable;
  return Status(code, path + ": " + std::strerror(errno));
}

Status WriteAll(int descriptor, const std::string& path, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = write(descriptor, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemFailure(path);
    done += static_cast<size_t>(written);
  }
  return Status();
}

}  // namespace

RefusedFile::~RefusedFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status RefusedFile::Create() {
  descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  // A file that was there before may have been readable by others.
  if (descriptor_ < 0 || fchmod(descriptor_, 0600) != 0) return SystemFailure(path_);
  created_ = true;
  return Status();
}

Status RefusedFile::Add(const std::string& file, uint64_t line, const std::string& reason,
                        const std::string& about, const std::string& text) {
  if (path_.empty()) return Status();
  if (descriptor_ < 0) {
    if (Status status = Create(); !status.ok()) return status;
  }
  nlohmann::ordered_json json;
  json["file"] = file;
  json["line"] = line;
  json["reason"] = reason;
  if (!about.empty()) json["about"] = about;
  json["text"] = text;
  buffer_ += json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (buffer_.size() < kBufferBytes) return Status();
  Status status = WriteAll(descriptor_, path_, buffer_);
  buffer_.clear();
  return status;
}

Status RefusedFile::Close() {
  if (descriptor_ < 0) return Status();
  Status status = WriteAll(descriptor_, path_, buffer_);
  buffer_.clear();
  const int closed = close(descriptor_);
  descriptor_ = -1;
  return status.ok() && closed != 0 ? SystemFailure(path_) : status;
}

}  // namespace cxjourney::cli
