// Folders and files as the store needs them, with Status instead of errno.
//
// Two kinds exist: those of the operating system (below) and those of tests in memory
// (memory_disk.h). What the store relies on: WriteAt is durable once Sync of the file has
// returned, a name (created, renamed) once Sync of its folder has, and nothing before that.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cxjourney/status.h"

namespace cxjourney::store {

// Thread-safe: positional reads, writes and syncs may run at the same time.
class File {
 public:
  virtual ~File() = default;

  // Reads up to `size` bytes; fewer only where the file ends.
  virtual Result<size_t> ReadAt(uint64_t offset, char* data, size_t size) const = 0;
  // What stands there will be read soon. Promises nothing.
  virtual void ReadAhead(uint64_t offset, uint64_t size) const {
    static_cast<void>(offset);
    static_cast<void>(size);
  }
  virtual Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  // What was written there starts on its way to the disk, so that a Sync soon after waits less.
  // Promises nothing; a failure is one of writing.
  virtual Status StartSync(uint64_t offset, uint64_t size) = 0;
  // Makes the file `size` bytes long, with room on the disk where the file system can reserve it.
  virtual Status Allocate(uint64_t size) = 0;
  // Gives reserved room from there on back to the file system; the length stays. What was there
  // reads as zeros. A file system that can't keeps it.
  virtual void Release(uint64_t offset) = 0;
  virtual Status Sync() = 0;
  virtual Result<uint64_t> Size() const = 0;
  // For messages.
  virtual const std::string& path() const = 0;
};

class Folder {
 public:
  virtual ~Folder() = default;

  // An existing file for reading and writing; kNotFound if there is none.
  virtual Result<std::unique_ptr<File>> Open(const std::string& name) = 0;
  // A new, empty file; kAlreadyExists if the name is taken.
  virtual Result<std::unique_ptr<File>> Create(const std::string& name) = 0;
  // No failure if there is no such file.
  virtual Status Remove(const std::string& name) = 0;
  // kAlreadyExists if `to` is taken.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Result<std::vector<std::string>> List() = 0;
  // Makes names durable.
  virtual Status Sync() = 0;
  // Keeps every other opener out until Unlock or the end of this object; kUnavailable if one is
  // in and stays longer than `wait`.
  virtual Status Lock(std::chrono::milliseconds wait) = 0;
  virtual void Unlock() = 0;
  virtual const std::string& path() const = 0;
};

struct FolderOptions {
  bool create = false;          // Make it (mode 0700) if missing; its parent must exist.
  bool follow_symlink = false;  // Otherwise a symbolic link at its name is refused.
  bool read_only = false;       // Files are opened to be read.
};

// A folder of the operating system. Files in it are made with mode 0600 whatever the umask, and
// symbolic links at their names are refused.
Result<std::unique_ptr<Folder>> OpenFolder(const std::string& path, const FolderOptions& options);

// "a/b/" -> {"a", "b"}; "b" -> {".", "b"}; "/b" -> {"/", "b"}.
struct SplitPath {
  std::string parent;
  std::string name;
};
SplitPath Split(std::string_view path);

// One that something else says is there: kDataLoss if it is missing.
Result<std::unique_ptr<File>> OpenListed(Folder* folder, const std::string& name);

// Reads exactly `size` bytes; where the file ends earlier, the rest is zero bytes.
Result<std::string> ReadPadded(const File& file, uint64_t offset, size_t size);

}  // namespace cxjourney::store
