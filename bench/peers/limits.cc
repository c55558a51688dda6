#include "bench/peers/limits.h"

#include <fcntl.h>
#include <unistd.h>

#include "bench/peers/machine.h"
#include "bench/peers/peer.h"

namespace cxjourney::bench {
namespace {

constexpr size_t kFileBytes = size_t{4} << 20;
int OpenNew(const std::string& path) {
  int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) Die("cannot open " + path);
  return file;
}

void WriteAt(int file, const char* bytes, size_t size, size_t at) {
  if (pwrite(file, bytes, size, static_cast<off_t>(at)) != static_cast<ssize_t>(size)) {
    Die("a plain write failed");
  }
}

void Sync(int file) {
  if (fdatasync(file) != 0) Die("a plain sync failed");
}

}  // namespace

PlainLog::PlainLog(const std::string& path) : file_(OpenNew(path)) {}
PlainLog::~PlainLog() { close(file_); }

double PlainLog::Append(size_t bytes) {
  if (buffer_.size() < bytes) buffer_.resize(bytes, 'x');
  double start = WallSeconds();
  if (write(file_, buffer_.data(), bytes) != static_cast<ssize_t>(bytes)) {
    Die("a plain write failed");
  }
  Sync(file_);
  return WallSeconds() - start;
}

PreallocatedFile::PreallocatedFile(const std::string& path) : file_(OpenNew(path)) {
  std::string zeros(kFileBytes, '\0');
  WriteAt(file_, zeros.data(), zeros.size(), 0);
  Sync(file_);
}
PreallocatedFile::~PreallocatedFile() { close(file_); }

double PreallocatedFile::Append() {
  char bytes[kSmallBytes] = {'x'};
  if (at_ + sizeof bytes > kFileBytes) at_ = 0;
  double start = WallSeconds();
  WriteAt(file_, bytes, sizeof bytes, at_);
  Sync(file_);
  double seconds = WallSeconds() - start;
  at_ += sizeof bytes;
  return seconds;
}

}  // namespace cxjourney::bench
