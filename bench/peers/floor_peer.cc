// The floor: about the least that a durable store can do for the same work. Not a store to use; it
// shows what the machine allows, and bars in units of time are scaled by it.
//
//   log       one append-only file: a batch is one frame (an identifier inline when new, its
//             number when known), CRC-32C, one write and one fdatasync
//   identity  a hash map from a 64-bit hash of the identifier to its number and cluster, 16 bytes
//             a slot; a collision would go unnoticed
//   ids       a hash set of numbers of events over the array of their ids
//   journeys  a cluster's events are 24-byte records in chunks that double (4 to 256); durations in
//             an array, second and third identifiers in a hash map beside them
//
// Opening replays the log.
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "bench/peers/key_value.h"
#include "bench/peers/peer.h"

namespace cxjourney::bench {
namespace {

uint32_t Crc32c(const char* bytes, size_t size) {
  uint64_t crc = ~uint32_t{0};
#ifdef __x86_64__
  for (; size >= 8; size -= 8, bytes += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    asm("crc32q %1, %0" : "+r"(crc) : "r"(word));
  }
#endif
  for (; size > 0; --size, ++bytes) {
    crc ^= static_cast<uint8_t>(*bytes);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~static_cast<uint32_t>(crc);
}

struct Record {
  int64_t time_ms;
  uint32_t number;
  uint32_t order_cents;  // All ones: none.
  uint32_t identifier;   // The first one's number; 0: none.
  uint32_t topic : 8;
  uint32_t channel : 4;
  uint32_t kind : 3;
  uint32_t outbound : 1;
  uint32_t outcome : 3;
  uint32_t sentiment : 8;
  uint32_t more : 1;  // It has more identifiers.
  uint32_t unused : 4;
};
static_assert(sizeof(Record) == 24);
static_assert(kTopics <= 256);

using Numbers = std::array<uint32_t, kEventIdentifiersMax>;  // Of an event's identifiers.

struct Chunk {
  Chunk* older;
  uint32_t count;
  uint32_t capacity;
  Record* records() { return reinterpret_cast<Record*>(this + 1); }
};

struct FrameHead {
  uint32_t size;
  uint32_t crc;
  uint32_t events;
};

// Memory for chunks, given free all at once.
class Arena {
 public:
  ~Arena() { Clear(); }
  void Clear() {
    for (char* slab : slabs_) std::free(slab);
    slabs_.clear();
    left_ = 0;
  }
  void* Allocate(size_t size) {
    if (left_ < size) {
      slabs_.push_back(static_cast<char*>(std::aligned_alloc(4096, kSlab)));
      left_ = kSlab;
    }
    left_ -= size;
    return slabs_.back() + left_;
  }

 private:
  static constexpr size_t kSlab = 4 << 20;
  std::vector<char*> slabs_;
  size_t left_ = 0;
};

// Ids are random, so eight of their bytes are a hash.
struct IdHash {
  using is_transparent = void;
  const std::vector<EventId>* ids;
  size_t operator()(const EventId& id) const {
    size_t hash = 0;
    std::memcpy(&hash, id.data(), sizeof hash);
    return hash;
  }
  size_t operator()(uint32_t number) const { return (*this)((*ids)[number]); }
};
struct IdEqual {
  using is_transparent = void;
  const std::vector<EventId>* ids;
  bool operator()(uint32_t a, uint32_t b) const { return a == b; }
  bool operator()(uint32_t a, const EventId& b) const { return (*ids)[a] == b; }
};

class FloorPeer final : public PlainPeer {
 public:
  explicit FloorPeer(Ids ids) : ids_kept_(ids == Ids::kUnique) {}
  ~FloorPeer() override = default;

  std::string Name() const override { return ids_kept_ ? "floor" : "floor without ids"; }

  void Open(const std::string& folder) override {
    file_ = open((folder + "/log").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0) Die("floor: open");
    numbers_.clear();
    clusters_ = Clusters();
    identifiers_ = 0;
    heads_.clear();
    arena_.Clear();
    unique_.clear();
    ids_.clear();
    durations_.clear();
    more_.clear();
    events_ = 0;
    Replay();
  }

  void Close() override { close(file_); }

  void Ingest() override {
    frame_.assign(sizeof(FrameHead), '\0');
    int64_t before_ms = 0;
    for (const Event& event : prepared_) {
      uint32_t known = identifiers_;
      uint32_t cluster = Link(event);
      auto delta = static_cast<uint64_t>(event.time_ms - before_ms);
      PutVarint(&frame_, delta << 1 ^ (0 - (delta >> 63)));
      before_ms = event.time_ms;
      EncodeEvent(event, &frame_);
      PutIdentifiers(event, known);
      if (ids_kept_) frame_.append(IdView(event.id));
      Append(event, cluster);
    }
    FrameHead head = {static_cast<uint32_t>(frame_.size() - sizeof head), 0,
                      static_cast<uint32_t>(prepared_.size())};
    head.crc = Crc32c(frame_.data() + sizeof head, head.size);
    std::memcpy(frame_.data(), &head, sizeof head);
    if (write(file_, frame_.data(), frame_.size()) != static_cast<ssize_t>(frame_.size()) ||
        fdatasync(file_) != 0) {
      Die("floor: write");
    }
  }

  void History(const LookUp& who, size_t limit) override {
    rows_.clear();
    row_identifiers_.clear();
    found_records_.clear();
    ForEachRecord(who, [&](const Record& record) {
      found_records_.push_back(record);
      return true;
    });
    auto newer = [&](const Record& a, const Record& b) {
      if (a.time_ms != b.time_ms) return a.time_ms > b.time_ms;
      return ids_kept_ ? ids_[a.number] > ids_[b.number] : a.number > b.number;
    };
    if (limit != 0 && found_records_.size() > limit) {
      auto end = found_records_.begin() + static_cast<ptrdiff_t>(limit);
      std::nth_element(found_records_.begin(), end, found_records_.end(), newer);
      found_records_.resize(limit);
    }
    std::sort(found_records_.begin(), found_records_.end(), newer);
    for (const Record& record : found_records_) {
      rows_.push_back(RowOfRecord(record));
      row_identifiers_.push_back({record.identifier, 0, 0});
      if (record.more != 0) row_identifiers_.back() = more_[record.number];
    }
  }

  bool Repeat(const RepeatLookUp& question) override {
    bool yes = false;
    ForEachRecord(question.who, [&](const Record& record) {
      yes = record.topic == question.topic && record.time_ms < question.time_ms &&
            record.time_ms >= question.time_ms - kWeekMs &&
            IsInboundContact(static_cast<EventKind>(record.kind), record.outbound != 0);
      return !yes;
    });
    return yes;
  }

  void Analyze(Analysis analysis, Answers* answers) override {
    WithAnalyzer(analysis, answers, [&](auto* analyzer) {
      std::vector<Record> journey;
      for (uint32_t cluster = 0; cluster < clusters_.size(); ++cluster) {
        if (clusters_.Root(cluster) != cluster) continue;
        journey.clear();
        ForEachRecord(cluster, [&](const Record& record) {
          journey.push_back(record);
          return true;
        });
        if (journey.size() > 1) {
          std::sort(journey.begin(), journey.end(), [&](const Record& a, const Record& b) {
            if (a.time_ms != b.time_ms) return a.time_ms < b.time_ms;
            return ids_kept_ ? ids_[a.number] < ids_[b.number] : a.number < b.number;
          });
        }
        analyzer->Begin();
        for (const Record& r : journey) {
          analyzer->Visit({r.time_ms, static_cast<uint16_t>(r.topic),
                           static_cast<EventChannel>(r.channel), static_cast<EventKind>(r.kind),
                           r.outbound != 0});
        }
        analyzer->End();
      }
    });
  }

  bool ReadBack(const Event& event, Row* row) override {
    bool found = false;
    for (size_t i = 0; i < event.identifier_count && !found; ++i) {
      const EventIdentifier& identifier = event.identifiers[i];
      if (IsJunk(identifier.value())) continue;
      LookUp who{identifier.type, std::string(identifier.value())};
      ForEachRecord(who, [&](const Record& record) {
        *row = RowOfRecord(record);
        if (!ids_kept_) row->id = event.id;
        found = *row == event;
        return !found;
      });
    }
    return found;
  }

 private:
  struct Known {
    uint32_t number;
    uint32_t cluster;
  };

  static uint64_t HashOf(const EventIdentifier& normalized) {
    return absl::HashOf(static_cast<uint8_t>(normalized.type), normalized.value());
  }

  uint32_t Link(const Event& event) {
    linked_ = {};
    linked_count_ = 0;
    size_t new_at = 0;
    return LinkEvent(
        event, &clusters_,
        [&](const EventIdentifier& normalized) {
          auto it = numbers_.find(HashOf(normalized));
          linked_[linked_count_++] = it == numbers_.end() ? 0 : it->second.number;
          return it == numbers_.end() ? Clusters::kNone : it->second.cluster;
        },
        [&](const EventIdentifier& normalized, uint32_t cluster) {
          numbers_.emplace(HashOf(normalized), Known{++identifiers_, cluster});
          while (linked_[new_at] != 0) ++new_at;
          linked_[new_at] = identifiers_;
        },
        [](Clusters::Merged) {});
  }

  // The number of each that was known, the others as typed.
  void PutIdentifiers(const Event& event, uint32_t known) {
    frame_.push_back(static_cast<char>(event.identifier_count));
    size_t real = 0;
    for (size_t i = 0; i < event.identifier_count; ++i) {
      const EventIdentifier& identifier = event.identifiers[i];
      uint32_t number = IsJunk(identifier.value()) ? 0 : linked_[real++];
      if (number > known) number = 0;
      PutVarint(&frame_, number);
      if (number != 0) continue;
      frame_.push_back(static_cast<char>(identifier.type));
      frame_.push_back(static_cast<char>(identifier.size));
      frame_.append(identifier.value());
    }
  }

  void Append(const Event& event, uint32_t cluster) {
    if (ids_kept_) {
      ids_.push_back(event.id);
      if (!unique_.insert(events_).second) Die("floor: id twice");
    }
    if (heads_.size() < clusters_.size()) heads_.resize(clusters_.size() + 1000);
    Chunk*& head = heads_[cluster];
    if (head == nullptr || head->count == head->capacity) {
      uint32_t capacity = head == nullptr ? 4 : std::min(head->capacity * 2, uint32_t{256});
      void* memory = arena_.Allocate(sizeof(Chunk) + capacity * sizeof(Record));
      head = new (memory) Chunk{head, 0, capacity};
    }
    Record& r = head->records()[head->count++];
    r.time_ms = event.time_ms;
    r.number = events_++;
    r.order_cents = static_cast<uint32_t>(event.order_cents);
    r.identifier = linked_[0];
    r.more = linked_count_ > 1;
    r.topic = static_cast<uint8_t>(event.topic);
    r.channel = static_cast<uint8_t>(event.channel) & 15;
    r.kind = static_cast<uint8_t>(event.kind) & 7;
    r.outbound = event.outbound;
    r.outcome = static_cast<uint8_t>(event.outcome) & 7;
    r.sentiment = static_cast<uint8_t>(event.sentiment);
    r.unused = 0;
    durations_.push_back(event.duration_s);
    if (linked_count_ > 1) more_[r.number] = linked_;
  }

  Row RowOfRecord(const Record& record) const {
    Row row;
    if (ids_kept_) row.id = ids_[record.number];
    row.time_ms = record.time_ms;
    if (record.order_cents != ~uint32_t{0}) row.order_cents = record.order_cents;
    row.duration_s = durations_[record.number];
    row.topic = record.topic;
    row.channel = static_cast<EventChannel>(record.channel);
    row.kind = static_cast<EventKind>(record.kind);
    row.outcome = static_cast<EventOutcome>(record.outcome);
    row.outbound = record.outbound != 0;
    row.sentiment = static_cast<int8_t>(record.sentiment);
    return row;
  }

  // Newest recorded first within a cluster, until visit says false.
  template <class Visit>
  void ForEachRecord(uint32_t first, Visit visit) {
    uint32_t cluster = first;
    do {
      for (Chunk* chunk = heads_[cluster]; chunk != nullptr; chunk = chunk->older) {
        for (uint32_t i = chunk->count; i-- > 0;) {
          if (!visit(chunk->records()[i])) return;
        }
      }
      cluster = clusters_.Next(cluster);
    } while (cluster != first);
  }

  template <class Visit>
  void ForEachRecord(const LookUp& who, Visit visit) {
    auto it = numbers_.find(HashOf(NormalizeForPeer(who.type, who.value)));
    if (it != numbers_.end()) ForEachRecord(it->second.cluster, visit);
  }

  void Replay() {
    struct stat info {};
    if (fstat(file_, &info) != 0) Die("floor: stat");
    std::vector<EventIdentifier> names(1);
    for (off_t at = 0; at < info.st_size;) {
      FrameHead head = {};
      if (pread(file_, &head, sizeof head, at) != sizeof head) Die("floor: short frame");
      frame_.resize(head.size);
      at += static_cast<off_t>(sizeof head);
      if (pread(file_, frame_.data(), head.size, at) != static_cast<ssize_t>(head.size) ||
          Crc32c(frame_.data(), head.size) != head.crc) {
        Die("floor: bad frame");
      }
      at += head.size;
      ReplayFrame(head.events, &names);
    }
  }

  void ReplayFrame(uint32_t count, std::vector<EventIdentifier>* names) {
    const char* bytes = frame_.data();
    int64_t time_ms = 0;
    for (uint32_t i = 0; i < count; ++i) {
      uint64_t delta = GetVarint(&bytes);
      time_ms += static_cast<int64_t>(delta >> 1 ^ (0 - (delta & 1)));
      Event event;
      static_cast<Row&>(event) = DecodeEvent(&bytes);
      event.time_ms = time_ms;
      event.identifier_count = static_cast<uint8_t>(*bytes++);
      for (size_t k = 0; k < event.identifier_count; ++k) {
        uint64_t number = GetVarint(&bytes);
        EventIdentifier& identifier = event.identifiers[k];
        if (number != 0) {
          identifier = (*names)[number];
          continue;
        }
        identifier.type = static_cast<IdentifierType>(*bytes++);
        auto size = static_cast<uint8_t>(*bytes++);
        identifier.Append({bytes, size});
        bytes += size;
        if (!IsJunk(identifier.value())) names->push_back(identifier);
      }
      if (ids_kept_) {
        std::memcpy(event.id.data(), bytes, event.id.size());
        bytes += event.id.size();
      }
      Append(event, Link(event));
    }
  }

  bool ids_kept_;
  int file_ = -1;
  std::string frame_;
  absl::flat_hash_map<uint64_t, Known> numbers_;
  uint32_t identifiers_ = 0;
  Numbers linked_ = {};  // Of the event at hand, junk left out.
  size_t linked_count_ = 0;
  Clusters clusters_;
  std::vector<Chunk*> heads_;  // By cluster: the chunk with the latest.
  Arena arena_;
  std::vector<EventId> ids_;  // These by the event's number.
  std::vector<uint32_t> durations_;
  std::unordered_map<uint32_t, Numbers> more_;
  absl::flat_hash_set<uint32_t, IdHash, IdEqual> unique_{0, IdHash{&ids_}, IdEqual{&ids_}};
  uint32_t events_ = 0;
  std::vector<Record> found_records_;
  std::vector<Numbers> row_identifiers_;  // Of the last answer's rows.
};

}  // namespace

std::unique_ptr<Peer> NewFloorPeer(Ids ids) { return std::make_unique<FloorPeer>(ids); }

}  // namespace cxjourney::bench
