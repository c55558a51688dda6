// What the key-value stores and the floor share: union-find, keys, the event's encoding, linking.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/peers/analyzer.h"
#include "bench/peers/peer.h"

namespace cxjourney::bench {

// Union-find whose members are a circular list: a merge costs two writes.
class Clusters {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  uint32_t Add() {
    auto cluster = static_cast<uint32_t>(parents_.size());
    parents_.push_back(cluster);
    nexts_.push_back(cluster);
    sizes_.push_back(1);
    return cluster;
  }
  uint32_t Root(uint32_t cluster) {
    while (parents_[cluster] != cluster) {
      cluster = parents_[cluster] = parents_[parents_[cluster]];
    }
    return cluster;
  }
  struct Merged {
    uint32_t kept;
    uint32_t absorbed;
  };
  Merged Merge(uint32_t a, uint32_t b) {
    if (sizes_[a] < sizes_[b] || (sizes_[a] == sizes_[b] && b < a)) std::swap(a, b);
    parents_[b] = a;
    sizes_[a] += sizes_[b];
    std::swap(nexts_[a], nexts_[b]);
    return {a, b};
  }
  uint32_t Next(uint32_t cluster) const { return nexts_[cluster]; }
  size_t size() const { return parents_.size(); }

 private:
  std::vector<uint32_t> parents_;
  std::vector<uint32_t> nexts_;
  std::vector<uint32_t> sizes_;
};

void PutBig32(std::string* out, uint32_t value);
void PutBig64(std::string* out, uint64_t value);
uint32_t GetBig32(const char* bytes);
uint64_t GetBig64(const char* bytes);
void PutVarint(std::string* out, uint64_t value);
uint64_t GetVarint(const char** bytes);

inline std::string_view IdView(const EventId& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// Type and normalised value.
void SetIdentifierKey(const EventIdentifier& normalized, std::string* key);

// Cluster 4, time 8, id 16, big-endian: a journey is one range.
inline constexpr size_t kEventKeySize = 28;
std::string EventKey(uint32_t cluster, int64_t time_ms, const EventId& id);

// All but what the key holds. 5 to 14 bytes.
void EncodeEvent(const Event& event, std::string* out);
// `value` is moved behind the event.
Row DecodeEvent(const char** value);
Row DecodeEvent(const char* key, const char* value);

Step StepOf(const Row& row);

// Puts the event into a cluster: those of its identifiers become one, the smaller into the larger;
// new identifiers join it.
//   uint32_t find(const EventIdentifier& normalized)     the cluster it was first seen in, or kNone
//   void put(const EventIdentifier& normalized, uint32_t cluster)
//   void merged(Clusters::Merged)
template <class Find, class Put, class OnMerge>
uint32_t LinkEvent(const Event& event, Clusters* clusters, Find find, Put put, OnMerge merged) {
  uint32_t customer = Clusters::kNone;
  std::array<EventIdentifier, kEventIdentifiersMax> unknown;
  size_t unknown_count = 0;
  for (size_t i = 0; i < event.identifier_count; ++i) {
    const EventIdentifier& identifier = event.identifiers[i];
    if (IsJunk(identifier.value())) continue;
    EventIdentifier normalized = NormalizeForPeer(identifier.type, identifier.value());
    uint32_t cluster = find(normalized);
    if (cluster == Clusters::kNone) {
      unknown[unknown_count++] = normalized;
      continue;
    }
    cluster = clusters->Root(cluster);
    if (customer == Clusters::kNone) customer = cluster;
    if (cluster == customer) continue;
    Clusters::Merged both = clusters->Merge(customer, cluster);
    merged(both);
    customer = both.kept;
  }
  if (customer == Clusters::kNone) customer = clusters->Add();
  for (size_t i = 0; i < unknown_count; ++i) put(unknown[i], customer);
  return customer;
}

// What the key-value stores keep of an event beside the union-find.
enum class Table {
  kIdentifier,  // Type and value: the cluster it was first seen in.
  kMerge,       // Number: the cluster kept, and the one absorbed.
  kEvent,       // EventKey: the rest of it.
  kId,          // Id: its EventKey.
};

class EventWriter {
 public:
  explicit EventWriter(Clusters* clusters) : clusters_(clusters) {}

  // Merges that are stored already.
  void SetMerges(uint64_t merges) { merges_ = merges; }

  // `find` as for LinkEvent; put(Table, key, value).
  template <class Find, class Put>
  void Write(const Event& event, Find find, Put put) {
    uint32_t cluster = LinkEvent(
        event, clusters_, find,
        [&](const EventIdentifier& normalized, uint32_t first) {
          SetIdentifierKey(normalized, &key_);
          value_.clear();
          PutBig32(&value_, first);
          put(Table::kIdentifier, key_, value_);
        },
        [&](Clusters::Merged merged) {
          key_.clear();
          PutBig64(&key_, merges_++);
          value_.clear();
          PutBig32(&value_, merged.kept);
          PutBig32(&value_, merged.absorbed);
          put(Table::kMerge, key_, value_);
        });
    key_ = EventKey(cluster, event.time_ms, event.id);
    value_.clear();
    EncodeEvent(event, &value_);
    put(Table::kEvent, key_, value_);
    put(Table::kId, IdView(event.id), key_);
  }

 private:
  Clusters* clusters_;
  uint64_t merges_ = 0;
  std::string key_;
  std::string value_;
};

// `scan(visit)` calls visit(cluster, row) in the order of keys. Clusters that never merged stream
// through; the rest are collected and sorted.
template <class Scan>
void AnalyzeScan(Analysis analysis, Clusters* clusters, Answers* answers, Scan scan) {
  WithAnalyzer(analysis, answers, [&](auto* analyzer) {
    std::vector<GroupedStep> rest;
    uint32_t current = Clusters::kNone;
    bool alone = false;
    scan([&](uint32_t cluster, const Row& row) {
      if (cluster != current) {
        if (alone) analyzer->End();
        current = cluster;
        alone = clusters->Next(cluster) == cluster;
        if (alone) analyzer->Begin();
      }
      if (alone) {
        analyzer->Visit(StepOf(row));
      } else {
        rest.push_back({clusters->Root(cluster), row.id, StepOf(row)});
      }
    });
    if (alone) analyzer->End();
    VisitGroups(&rest, analyzer);
  });
}

}  // namespace cxjourney::bench
