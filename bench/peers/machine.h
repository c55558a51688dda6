// What the machine and this process say of themselves.
#pragma once

#include <cstdint>
#include <string>

namespace cxjourney::bench {

double WallSeconds();
double CpuSeconds();        // Of the process: background threads too.
double ThreadCpuSeconds();  // Of the calling thread.
double PeakMemoryMib();
double WrittenBytes();                           // Sent to the disk so far by this process,
double WrittenBytesOf(const std::string& proc);  // or by that of the folder in /proc.
// Allocated blocks of the files whose names begin so.
uint64_t DiskBytes(const std::string& folder, const std::string& prefix = "");
void DropCache(const std::string& folder);  // Of its files only.
std::string MachineDescription();

}  // namespace cxjourney::bench
