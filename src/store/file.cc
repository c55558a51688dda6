#include "store/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/status_macros.h"

namespace cxjourney::store {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;
constexpr char kLockName[] = "lock";
constexpr std::chrono::milliseconds kLockPoll{10};
// An interrupted call is repeated this often: a signal storm must not become an endless loop.
constexpr int kInterruptsMax = 100;
// One call never moves more than this, far below what Linux cuts a call off at (2 GiB).
constexpr size_t kTransferMax = size_t{1} << 30;

Status SystemError(std::string_view what, const std::string& path, int error) {
  Code code = Code::kUnavailable;
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
      code = Code::kResourceExhausted;
      break;
    case ENOENT:
      code = Code::kNotFound;
      break;
    case EEXIST:
      code = Code::kAlreadyExists;
      break;
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
      code = Code::kFailedPrecondition;
      break;
    default:
      break;
  }
  return Status(code, fmt::format("{}: {} failed: {}", path, what, std::strerror(error)));
}

// Repeats a call that a signal interrupted. Returns its result, -1 with errno set at last.
template <class Call>
auto Uninterrupted(Call call) {
  auto result = call();
  for (int i = 0; i < kInterruptsMax && result == -1 && errno == EINTR; ++i) result = call();
  return result;
}

// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

class SystemFile final : public File {
 public:
  SystemFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t> ReadAt(uint64_t offset, char* data, size_t size) const override {
    size_t done = 0;
    while (done < size) {
      size_t part = std::min(size - done, kTransferMax);
      ssize_t n = Uninterrupted(
          [&] { return ::pread(fd_.get(), data + done, part, static_cast<off_t>(offset + done)); });
      if (n < 0) return SystemError("reading", path_, errno);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      size_t part = std::min(bytes.size(), kTransferMax);
      ssize_t n = Uninterrupted(
          [&] { return ::pwrite(fd_.get(), bytes.data(), part, static_cast<off_t>(offset)); });
      if (n < 0) return SystemError("writing", path_, errno);
      if (n == 0) return SystemError("writing", path_, EIO);
      bytes.remove_prefix(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return Status();
  }

  void ReadAhead(uint64_t offset, uint64_t size) const override {
    ::posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(size),
                    POSIX_FADV_WILLNEED);
  }

  // Waits for no write to end, only for room in the device's queue; what fails later stays for
  // fdatasync to report.
  Status StartSync(uint64_t offset, uint64_t size) override {
    const auto from = static_cast<off64_t>(offset);
    const auto count = static_cast<off64_t>(size);
    if (::sync_file_range(fd_.get(), from, count, SYNC_FILE_RANGE_WRITE) == 0) return Status();
    // Where there is no such call, or it is not allowed, Sync does it all.
    const bool failed = errno == EIO || errno == ENOSPC || errno == EDQUOT;
    return failed ? SystemError("writing", path_, errno) : Status();
  }

  Status Allocate(uint64_t size) override {
    auto length = static_cast<off_t>(size);
    if (Uninterrupted([&] { return ::fallocate(fd_.get(), 0, 0, length); }) == 0) return Status();
    // A file system that can't reserve room still gets the right length; there a full disk shows
    // when a batch is written.
    if (errno != EOPNOTSUPP && errno != ENOSYS) return SystemError("reserving room", path_, errno);
    if (Uninterrupted([&] { return ::ftruncate(fd_.get(), length); }) != 0) {
      return SystemError("setting the length", path_, errno);
    }
    return Status();
  }

  void Release(uint64_t offset) override {
    constexpr uint64_t kBlock = 4096;
    const uint64_t from = (offset + kBlock - 1) / kBlock * kBlock;
    Result<uint64_t> size = Size();
    if (!size.ok() || *size <= from) return;
    // Nothing depends on it: where it fails the room stays reserved.
    static_cast<void>(::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                  static_cast<off_t>(from), static_cast<off_t>(*size - from)));
  }

  Status Sync() override {
    if (Uninterrupted([&] { return ::fdatasync(fd_.get()); }) != 0) {
      return SystemError("syncing", path_, errno);
    }
    return Status();
  }

  Result<uint64_t> Size() const override {
    struct stat status;
    if (::fstat(fd_.get(), &status) != 0) return SystemError("asking the size", path_, errno);
    return static_cast<uint64_t>(status.st_size);
  }

  const std::string& path() const override { return path_; }

 private:
  Descriptor fd_;
  std::string path_;
};

class SystemFolder final : public Folder {
 public:
  SystemFolder(Descriptor fd, std::string path, int access)
      : fd_(std::move(fd)), path_(std::move(path)), access_(access) {}

  Result<std::unique_ptr<File>> Open(const std::string& name) override {
    CXJ_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(name, access_));
    // A pipe or a device at the name would block or mislead; only plain files are ours.
    struct stat status;
    if (::fstat(fd.get(), &status) != 0) return SystemError("opening", PathOf(name), errno);
    if (!S_ISREG(status.st_mode)) {
      return Status(Code::kFailedPrecondition, PathOf(name) + " is not a plain file");
    }
    return std::unique_ptr<File>(std::make_unique<SystemFile>(std::move(fd), PathOf(name)));
  }

  Result<std::unique_ptr<File>> Create(const std::string& name) override {
    CXJ_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(name, O_RDWR | O_CREAT | O_EXCL));
    // The umask may have taken even the owner's rights away.
    if (::fchmod(fd.get(), kFileMode) != 0) return SystemError("chmod", PathOf(name), errno);
    return std::unique_ptr<File>(std::make_unique<SystemFile>(std::move(fd), PathOf(name)));
  }

  Status Remove(const std::string& name) override {
    if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return SystemError("removing", PathOf(name), errno);
    }
    return Status();
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::renameat2(fd_.get(), from.c_str(), fd_.get(), to.c_str(), RENAME_NOREPLACE) == 0) {
      return Status();
    }
    if (errno != EINVAL && errno != ENOSYS) return SystemError("naming", PathOf(to), errno);
    // A file system without that flag: a second name never replaces a file either.
    if (::linkat(fd_.get(), from.c_str(), fd_.get(), to.c_str(), 0) != 0) {
      return SystemError("naming", PathOf(to), errno);
    }
    return Remove(from);
  }

  Result<std::vector<std::string>> List() override {
    CXJ_ASSIGN_OR_RETURN(Descriptor fd, OpenAt(".", O_RDONLY | O_DIRECTORY));
    DIR* stream = ::fdopendir(fd.get());
    if (stream == nullptr) return SystemError("listing", path_, errno);
    fd.release();  // The stream owns it now.
    std::vector<std::string> names;
    errno = 0;
    while (dirent* entry = ::readdir(stream)) {
      names.emplace_back(entry->d_name);
      errno = 0;
    }
    int error = errno;
    ::closedir(stream);
    if (error != 0) return SystemError("listing", path_, error);
    return names;
  }

  Status Sync() override {
    if (Uninterrupted([&] { return ::fsync(fd_.get()); }) != 0) {
      return SystemError("syncing", path_, errno);
    }
    return Status();
  }

  Status Lock(std::chrono::milliseconds wait) override {
    auto opened = OpenAt(kLockName, O_RDWR | O_CREAT);
    if (!opened.ok()) return opened.status();
    if (::fchmod(opened->get(), kFileMode) != 0) return SystemError("chmod", path_, errno);
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (Uninterrupted([&] { return ::flock(opened->get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return SystemError("locking", PathOf(kLockName), errno);
      if (std::chrono::steady_clock::now() >= deadline) {
        return Status(Code::kUnavailable, path_ + " is open already, here or in another process");
      }
      std::this_thread::sleep_for(kLockPoll);
    }
    lock_ = std::make_unique<Descriptor>(*std::move(opened));
    return Status();
  }

  void Unlock() override { lock_.reset(); }

  const std::string& path() const override { return path_; }

 private:
  std::string PathOf(const std::string& name) const { return path_ + "/" + name; }

  Result<Descriptor> OpenAt(const std::string& name, int flags) {
    flags |= O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;  // Opening a planted pipe must not hang.
    int fd = Uninterrupted([&] { return ::openat(fd_.get(), name.c_str(), flags, kFileMode); });
    if (fd >= 0) return Descriptor(fd);
    if (errno == ELOOP) {
      return Status(Code::kFailedPrecondition, PathOf(name) + " is a symbolic link");
    }
    return SystemError("opening", PathOf(name), errno);
  }

  Descriptor fd_;
  std::unique_ptr<Descriptor> lock_;
  std::string path_;
  int access_;  // Of the files in it.
};

// No failure if it is there already; then its mode is its owner's business.
Status MakeFolder(const std::string& path) {
  if (::mkdir(path.c_str(), kFolderMode) != 0) {
    if (errno == EEXIST) return Status();
    return SystemError("making the folder", path, errno);
  }
  if (::chmod(path.c_str(), kFolderMode) != 0) return SystemError("chmod", path, errno);
  return Status();
}

}  // namespace

Result<std::unique_ptr<Folder>> OpenFolder(const std::string& path, const FolderOptions& options) {
  if (options.create) CXJ_RETURN_IF_ERROR(MakeFolder(path));
  int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (options.follow_symlink ? 0 : O_NOFOLLOW);
  int fd = Uninterrupted([&] { return ::open(path.c_str(), flags); });
  if (fd < 0) {
    int error = errno;
    struct stat status;
    if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
      return Status(Code::kFailedPrecondition, path + " is a symbolic link");
    }
    return SystemError("opening", path, error);
  }
  return std::unique_ptr<Folder>(
      std::make_unique<SystemFolder>(Descriptor(fd), path, options.read_only ? O_RDONLY : O_RDWR));
}

SplitPath Split(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {".", std::string(path)};
  std::string_view parent = slash == 0 ? "/" : path.substr(0, slash);
  return {std::string(parent), std::string(path.substr(slash + 1))};
}

Result<std::unique_ptr<File>> OpenListed(Folder* folder, const std::string& name) {
  auto opened = folder->Open(name);
  if (opened.status().code() != Code::kNotFound) return opened;
  return Status(Code::kDataLoss, folder->path() + "/" + name + " is missing");
}

Result<std::string> ReadPadded(const File& file, uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  CXJ_RETURN_IF_ERROR(file.ReadAt(offset, bytes.data(), size).status());
  return bytes;
}

}  // namespace cxjourney::store
