// Files as they are imported: lines, plain or gzip, with a limit on everything.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cxjourney/status.h"

namespace cxjourney::interchange {

// A line, and a row of a CSV file with all its lines, may be this long. Longer ones are refused:
// a touchpoint is far below it, and a file without line ends must not fill the memory.
inline constexpr size_t kLineBytesMax = size_t{4} << 20;

// Reads a file, uncompressed on the way if it is gzip.
class InputFile {
 public:
  // kNotFound, or kUnavailable with the reason of the operating system.
  static Result<InputFile> Open(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  enum class Line : uint8_t {
    kOk = 1,
    kTooLong = 2,  // `line` holds its beginning; the rest was skipped.
    kEnd = 3,
  };
  // The next line without its line end (LF or CRLF). A byte order mark at the start of the file
  // goes, too. kDataLoss: a damaged gzip file.
  Result<Line> NextLine(std::string& line);

  uint64_t lines() const { return lines_; }  // Read so far.
  uint64_t bytes_read() const;               // Of the file as it lies on disk.
  uint64_t bytes_total() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  InputFile() = default;
  Status Fill();

  std::string path_;
  void* file_ = nullptr;  // gzFile
  uint64_t size_ = 0;
  uint64_t lines_ = 0;
  std::string buffer_;
  size_t position_ = 0;
  bool end_ = false;
};

// 32 hexadecimal digits: BLAKE2b-128 of what the file holds, uncompressed.
Result<std::string> ContentDigest(const std::string& path);

// The whole file; kInvalidArgument when it is larger than `bytes_max`.
Result<std::string> ReadWholeFile(const std::string& path, size_t bytes_max);

}  // namespace cxjourney::interchange
