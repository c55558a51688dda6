#include "tracker/island_text.h"

#include <algorithm>

#include "tracker/islands.h"

namespace cxjourney::tracker {
namespace {

using store::RecordKind;

constexpr uint8_t kIslandVersion = 2;  // 1 was never released.
// Of an identifier: behind the number of its namespace's string.
constexpr uint64_t kHasSecret = 1;
constexpr uint64_t kHasTyped = 2;
constexpr unsigned kIdentifierFlagBits = 2;

Status Malformed() { return Status(Code::kDataLoss, "a sealed island can't be read"); }

bool IsNoise(const IslandIdentifier& identifier) {
  return model::FormOf(identifier.value_head) != model::TextForm::kPlain;
}

}  // namespace

// Writing ----------------------------------------------------------------------------------------

void IslandWriter::Start(const IslandTextHead& head, std::span<const uint32_t> stable) {
  text_.bytes.clear();
  noise_.clear();
  last_stable_ = 0;
  evidence_.Start(stable);
  base::Writer writer(&text_.bytes);
  writer.Byte(static_cast<uint8_t>(head.is_addition ? VaultEntry::kAddition : VaultEntry::kIsland));
  writer.Byte(kIslandVersion);
  if (head.is_addition) writer.Varint(head.since);
  writer.Varint(stable.size());
}

void IslandWriter::Add(const IslandIdentifier& identifier) {
  base::Writer writer(&text_.bytes);
  writer.Varint(identifier.stable - last_stable_);
  last_stable_ = identifier.stable;
  writer.Varint(uint64_t{identifier.name_space} << kIdentifierFlagBits |
                (identifier.secret.empty() ? 0 : kHasSecret) |
                (identifier.typed.empty() ? 0 : kHasTyped));
  if (!identifier.is_known()) {
    writer.Varint(identifier.value_head);
    if (IsNoise(identifier)) {
      noise_ += identifier.value;
    } else {
      writer.Append(identifier.value);
    }
    if (!identifier.typed.empty()) writer.String(identifier.typed);
  }
  noise_ += identifier.secret;
}

const IslandText& IslandWriter::Finish() {
  evidence_.AppendTo(&text_.bytes);
  noise_ += evidence_.noise();
  text_.noise_bytes = noise_.size();
  text_.bytes += noise_;
  return text_;
}

// Reading ----------------------------------------------------------------------------------------

Status IslandReader::Open(std::string_view bytes) {
  head_ = {};
  identifiers_.clear();
  stable_.clear();
  has_secret_.clear();
  identifier_noise_ = 0;
  base::Reader reader(bytes);
  if (!ReadHead(&reader) || !ReadIdentifiers(&reader) || !evidence_.Open(&reader)) {
    return Malformed();
  }
  const uint64_t noise_bytes = identifier_noise_ + evidence_.noise_bytes();
  if (noise_bytes > reader.remaining()) return Malformed();
  const std::string_view rests = reader.Bytes(reader.remaining() - noise_bytes);
  base::Reader noise(reader.Bytes(noise_bytes));
  if (!TakeNoise(&noise)) return Malformed();
  evidence_.Start(stable_, rests, noise.Bytes(noise.remaining()));
  return Status();
}

bool IslandReader::ReadHead(base::Reader* reader) {
  const auto kind = static_cast<VaultEntry>(reader->Byte());
  head_.is_addition = kind == VaultEntry::kAddition;
  if (kind != VaultEntry::kIsland && !head_.is_addition) return false;
  if (reader->Byte() != kIslandVersion) return false;
  if (head_.is_addition) head_.since = reader->Varint();
  return reader->ok();
}

bool IslandReader::ReadIdentifiers(base::Reader* reader) {
  uint32_t stable = 0;
  for (uint64_t left = reader->Varint(); left > 0 && reader->ok(); --left) {
    IslandIdentifier identifier;
    identifier.stable = stable += static_cast<uint32_t>(reader->Varint());
    const uint64_t lead = reader->Varint();
    identifier.name_space = static_cast<uint32_t>(lead >> kIdentifierFlagBits);
    if (identifier.is_known() && !head_.is_addition) return false;
    const bool has_secret = (lead & kHasSecret) != 0;
    if (has_secret) identifier_noise_ += sizeof(store::Secret);
    if (!identifier.is_known()) {
      identifier.value_head = reader->Varint();
      const uint64_t value_bytes = model::PackedBytes(identifier.value_head);
      if (value_bytes > reader->remaining()) return false;
      if (IsNoise(identifier)) {
        identifier_noise_ += value_bytes;
      } else {
        identifier.value = reader->Bytes(value_bytes);
      }
      if ((lead & kHasTyped) != 0) identifier.typed = reader->String();
    }
    identifiers_.push_back(identifier);
    stable_.push_back(stable);
    has_secret_.push_back(has_secret);
  }
  return reader->ok();
}

bool IslandReader::TakeNoise(base::Reader* noise) {
  for (size_t i = 0; i < identifiers_.size(); ++i) {
    IslandIdentifier& identifier = identifiers_[i];
    if (IsNoise(identifier)) {
      identifier.value = noise->Bytes(model::PackedBytes(identifier.value_head));
    }
    if (has_secret_[i]) identifier.secret = noise->Bytes(sizeof(store::Secret));
  }
  return noise->ok();
}

Status IslandReader::Next(RecordKind* kind, Stored* stored) {
  return evidence_.Next(kind, stored) ? Status() : Malformed();
}

Status IslandReader::CheckWhole() const { return evidence_.IsWhole() ? Status() : Malformed(); }

Status OpenIsland(std::span<const std::string> texts, std::vector<IslandReader>* readers) {
  // Readers hold views into themselves, so they are put in order before they are opened.
  std::vector<std::pair<uint64_t, const std::string*>> ordered;
  for (const std::string& text : texts) {
    base::Reader reader(text);
    const bool is_addition = reader.Byte() == static_cast<uint8_t>(VaultEntry::kAddition);
    reader.Byte();
    ordered.emplace_back(is_addition ? reader.Varint() : 0, &text);
    if (!reader.ok() || is_addition != (&text != texts.data())) return Malformed();
  }
  std::sort(ordered.begin(), ordered.end());
  if (readers->size() < ordered.size()) readers->resize(ordered.size());
  for (size_t i = 0; i < ordered.size(); ++i) {
    CXJ_RETURN_IF_ERROR((*readers)[i].Open(*ordered[i].second));
  }
  return Status();
}

// Merging ----------------------------------------------------------------------------------------

// What is new of one that is known already joins what was said of it.
Status IslandMerger::MergeIdentifiers(std::span<const IslandReader> readers) {
  listed_.clear();
  for (const IslandReader& reader : readers) {
    listed_.insert(listed_.end(), reader.identifiers().begin(), reader.identifiers().end());
  }
  std::stable_sort(listed_.begin(), listed_.end(),
                   [](const auto& a, const auto& b) { return a.stable < b.stable; });
  identifiers_.clear();
  for (const IslandIdentifier& identifier : listed_) {
    const bool is_again = !identifiers_.empty() && identifiers_.back().stable == identifier.stable;
    if (is_again != identifier.is_known()) return Malformed();
    if (!is_again) identifiers_.push_back(identifier);
    if (!identifier.secret.empty()) identifiers_.back().secret = identifier.secret;
  }
  return Status();
}

// The bodies stand one behind the other, and move while they become more.
Status IslandMerger::CollectEvidence(IslandReader* reader) {
  while (!reader->AtEnd()) {
    Evidence evidence;
    CXJ_RETURN_IF_ERROR(reader->Next(&evidence.kind, &evidence.stored));
    evidence.body = bodies_.size();
    evidence.body_bytes = evidence.stored.body.size();
    bodies_ += evidence.stored.body;
    evidence_.push_back(evidence);
  }
  return reader->CheckWhole();
}

Result<const IslandText*> IslandMerger::Merge(std::span<const std::string> texts) {
  CXJ_RETURN_IF_ERROR(OpenIsland(texts, &readers_));
  const std::span<IslandReader> readers = std::span(readers_).first(texts.size());
  CXJ_RETURN_IF_ERROR(MergeIdentifiers(readers));
  bodies_.clear();
  evidence_.clear();
  for (IslandReader& reader : readers) CXJ_RETURN_IF_ERROR(CollectEvidence(&reader));
  std::sort(evidence_.begin(), evidence_.end(), [](const Evidence& a, const Evidence& b) {
    return a.stored.sequence < b.stored.sequence;
  });
  stable_.clear();
  for (const IslandIdentifier& identifier : identifiers_) stable_.push_back(identifier.stable);
  writer_.Start({}, stable_);
  for (const IslandIdentifier& identifier : identifiers_) writer_.Add(identifier);
  for (Evidence& evidence : evidence_) {
    evidence.stored.body = std::string_view(bodies_).substr(evidence.body, evidence.body_bytes);
    writer_.Add(evidence.kind, evidence.stored);
  }
  return &writer_.Finish();
}

}  // namespace cxjourney::tracker
