// The store of tests: the log as on disk, in memory.
#pragma once

#include <memory>

#include "cxjourney/options.h"
#include "store/memory_disk.h"
#include "store/store.h"

namespace cxjourney::store {

// Opens, or makes, the store on the disk. Handing the same disk over again opens the same store
// again; the store key stands on the disk as well unless the options bring a provider.
Result<std::unique_ptr<EvidenceStore>> OpenMemoryStore(const std::shared_ptr<MemoryDisk>& disk,
                                                       const Options& options);

}  // namespace cxjourney::store
