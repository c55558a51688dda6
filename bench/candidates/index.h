// A store that could hold the directory of the vault, and the three that are tried.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/must.h"
#include "store/vault.h"

namespace cxjourney::bench {

using Key = store::VaultKey;

struct Entry {
  Key key = {};
  uint32_t island = 0;
};
using Entries = std::vector<Entry>;

inline void SortByKey(Entries* entries) {
  std::sort(entries->begin(), entries->end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
}

enum class Found : uint8_t {
  kYes,
  kNo,
  kDamage,  // The store says that it can't answer.
};

class Index {
 public:
  virtual ~Index() = default;
  virtual bool Open(const std::string& folder) = 0;  // False: the store says that it is damaged.
  virtual void Seal(Entries* entries) = 0;           // Durable on return.
  virtual void Settle() {}                           // Waits for what runs in the background.
  virtual Found Find(const Key& key, uint32_t* island) = 0;
};

// By what the head of main.cc says of names.
std::unique_ptr<Index> MakeIndex(const std::string& name);

}  // namespace cxjourney::bench
