#include "bench/peers/machine.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

namespace cxjourney::bench {
namespace {

// The rest of the first line of a file that starts with `key` and a colon.
std::string ValueOf(const std::string& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    size_t colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos) {
      return line.substr(std::min(line.size(), colon + 2));
    }
  }
  return "0";
}

double ClockSeconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

double WallSeconds() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

double CpuSeconds() { return ClockSeconds(CLOCK_PROCESS_CPUTIME_ID); }

double ThreadCpuSeconds() { return ClockSeconds(CLOCK_THREAD_CPUTIME_ID); }

double PeakMemoryMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double WrittenBytes() { return WrittenBytesOf("/proc/self"); }

double WrittenBytesOf(const std::string& proc) {
  return std::stod(ValueOf(proc + "/io", "write_bytes"));
}

uint64_t DiskBytes(const std::string& folder, const std::string& prefix) {
  uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    struct stat info {};
    if (entry.path().filename().string().rfind(prefix, 0) != 0) continue;
    if (entry.is_regular_file() && stat(entry.path().c_str(), &info) == 0) {
      sum += static_cast<uint64_t>(info.st_blocks) * 512;
    }
  }
  return sum;
}

void DropCache(const std::string& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

std::string MachineDescription() {
  utsname name{};
  uname(&name);
  return ValueOf("/proc/cpuinfo", "model name") + ", " +
         std::to_string(std::thread::hardware_concurrency()) + " cores, " +
         std::to_string(std::stol(ValueOf("/proc/meminfo", "MemTotal")) / (1024 * 1024)) +
         " GiB, Linux " + name.release;
}

}  // namespace cxjourney::bench
