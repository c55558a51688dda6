#include "interchange/input.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cxjourney::interchange {
namespace {

constexpr unsigned kChunkBytes = 1U << 18;

gzFile Handle(void* file) { return static_cast<gzFile>(file); }

// Reads the next piece into `chunk`; empty at the end of the file.
Status ReadChunk(void* file, const std::string& path, std::string& chunk) {
  chunk.resize(kChunkBytes);
  const int read = gzread(Handle(file), chunk.data(), kChunkBytes);
  chunk.resize(read > 0 ? static_cast<size_t>(read) : 0);
  int error = Z_OK;
  const char* text = gzerror(Handle(file), &error);
  if (error == Z_ERRNO) return Status(Code::kUnavailable, path + ": " + std::strerror(errno));
  // A gzip file that ends early is only reported beside the last bytes.
  if (read < 0 || error == Z_BUF_ERROR) return Status(Code::kDataLoss, path + ": " + text);
  return Status();
}

}  // namespace

Result<InputFile> InputFile::Open(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) {
    return Status(errno == ENOENT ? Code::kNotFound : Code::kUnavailable,
                  path + ": " + std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) return Status(Code::kInvalidArgument, path + ": is a folder");
  InputFile input;
  input.path_ = path;
  input.size_ = static_cast<uint64_t>(info.st_size);
  input.file_ = gzopen(path.c_str(), "rb");
  if (input.file_ == nullptr) {
    return Status(Code::kUnavailable, path + ": " + std::strerror(errno));
  }
  gzbuffer(Handle(input.file_), kChunkBytes);
  return input;
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, nullptr)),
      size_(other.size_),
      lines_(other.lines_),
      buffer_(std::move(other.buffer_)),
      position_(other.position_),
      end_(other.end_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(size_, other.size_);
  std::swap(lines_, other.lines_);
  std::swap(buffer_, other.buffer_);
  std::swap(position_, other.position_);
  std::swap(end_, other.end_);
  return *this;
}

InputFile::~InputFile() {
  if (file_ != nullptr) gzclose(Handle(file_));
}

uint64_t InputFile::bytes_read() const {
  const z_off_t offset = gzoffset(Handle(file_));
  return offset < 0 ? 0 : static_cast<uint64_t>(offset);
}

Status InputFile::Fill() {
  position_ = 0;
  Status status = ReadChunk(file_, path_, buffer_);
  end_ = buffer_.empty();
  return status;
}

Result<InputFile::Line> InputFile::NextLine(std::string& line) {
  line.clear();
  bool too_long = false;
  bool any = false;
  bool ended = false;
  while (!ended) {
    if (position_ == buffer_.size()) {
      if (end_) break;
      if (Status status = Fill(); !status.ok()) return status;
      if (lines_ == 0 && !any && buffer_.compare(0, 3, "\xEF\xBB\xBF") == 0) position_ = 3;
      continue;
    }
    any = true;
    const size_t newline = buffer_.find('\n', position_);
    ended = newline != std::string::npos;
    const size_t stop = ended ? newline : buffer_.size();
    const size_t room = kLineBytesMax - line.size();
    too_long = too_long || stop - position_ > room;
    line.append(buffer_, position_, std::min(stop - position_, room));
    position_ = stop + (ended ? 1 : 0);
  }
  if (!any) return Line::kEnd;
  ++lines_;
  if (ended && !line.empty() && line.back() == '\r') line.pop_back();
  return too_long ? Line::kTooLong : Line::kOk;
}

Result<std::string> ContentDigest(const std::string& path) {
  if (sodium_init() < 0) return Status(Code::kInternal, "the cryptography library did not start");
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return Status(Code::kUnavailable, path + ": " + std::strerror(errno));
  crypto_generichash_state state;
  unsigned char digest[16];
  crypto_generichash_init(&state, nullptr, 0, sizeof digest);
  std::string chunk;
  Status status;
  do {
    status = ReadChunk(file, path, chunk);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(chunk.data()),
                              chunk.size());
  } while (status.ok() && !chunk.empty());
  gzclose(file);
  if (!status.ok()) return status;
  crypto_generichash_final(&state, digest, sizeof digest);
  std::string text(2 * sizeof digest + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), digest, sizeof digest);
  text.pop_back();  // The terminating zero.
  return text;
}

Result<std::string> ReadWholeFile(const std::string& path, size_t bytes_max) {
  Result<InputFile> opened = InputFile::Open(path);
  if (!opened.ok()) return opened.status();
  std::string text;
  std::string line;
  for (;;) {
    const Result<InputFile::Line> next = opened->NextLine(line);
    if (!next.ok()) return next.status();
    if (*next == InputFile::Line::kEnd) return text;
    text += line;
    text += '\n';
    if (*next == InputFile::Line::kTooLong || text.size() > bytes_max) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}: larger than {} bytes", path, bytes_max));
    }
  }
}

}  // namespace cxjourney::interchange
