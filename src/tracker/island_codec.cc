#include "tracker/island_codec.h"

#include <algorithm>

#include "base/micros.h"
#include "model/codec_layout.h"
#include "model/packed_text.h"
#include "tracker/body.h"

namespace cxjourney::tracker {
namespace {

using base::Reader;
using base::Writer;
using model::WrappingAdd;
using model::WrappingSub;
using store::RecordKind;
using Front = EvidenceReader::Front;

// Bits of a front's lead.
constexpr uint64_t kPersonal = 1;
constexpr uint64_t kDigest = 2;
constexpr uint64_t kAsItIs = 4;  // No touchpoint, or none of the form that is known here.
constexpr uint64_t kLeadMask = kPersonal | kDigest | kAsItIs;
constexpr uint64_t kHashBytes = 16;

// Times are whole minutes, seconds or milliseconds as a rule.
constexpr int64_t kOfMicros[] = {60'000'000, 1'000'000, 1'000, 1};
constexpr int64_t kOfMillis[] = {3'600'000, 60'000, 1'000, 1};

// Which of the units it is a multiple of, and how often it is that.
void WriteSpan(int64_t value, const int64_t (&units)[4], Writer* writer) {
  uint64_t unit = 0;
  while (value % units[unit] != 0) ++unit;
  writer->Varint(base::Zigzag(value / units[unit]) << 2 | unit);
}

int64_t ReadSpan(const int64_t (&units)[4], Reader* reader) {
  const uint64_t value = reader->Varint();
  const auto count = static_cast<uint64_t>(base::Unzigzag(value >> 2));
  return static_cast<int64_t>(count * static_cast<uint64_t>(units[value & 3]));
}

bool IsNoise(uint64_t id_head) { return model::FormOf(id_head) != model::TextForm::kPlain; }

// The fields of a touchpoint's open part, from one form to the other. Between those that are
// written otherwise the bytes are the same.
struct Fields {
  uint64_t present = 0;
  Reader* in;
  Writer* out;

  bool Has(model::PresenceBit bit) const { return (present & model::Bit(bit)) != 0; }
  void Number(model::PresenceBit bit) {
    if (Has(bit)) out->Varint(in->Varint());
  }
  void IdText(model::PresenceBit bit) {
    if (!Has(bit)) return;
    const uint64_t head = in->Varint();
    out->Varint(head);
    out->Append(in->Bytes(model::PackedBytes(head)));
  }
  void Behind() {
    IdText(model::kConversationBit);
    IdText(model::kParentBit);
    Number(model::kRevisionBit);
  }
  void OtherTimes() {
    Number(model::kEndDiffersBit);
    Number(model::kSentTimeBit);
    Number(model::kFollowUpBit);
    Number(model::kUtcOffsetBit);
  }
  // `rename` gives an identifier its number in the other form.
  template <class Rename>
  bool Identifiers(Rename rename) {
    const uint64_t count = in->Varint();
    out->Varint(count);
    for (uint64_t left = count; left > 0 && in->ok(); --left) {
      const uint64_t given = in->Varint();
      uint64_t number = given >> 1;
      if (!rename(&number)) return false;
      out->Varint(number << 1 | (given & 1));
      if ((given & 1) == 0) continue;
      const uint8_t role = in->Byte();
      out->Byte(role);
      if ((role & model::kIdentifierReasonFlag) != 0) out->Varint(in->Varint());
    }
    return in->ok();
  }
};

class TouchpointWriter {
 public:
  TouchpointWriter(std::span<const uint32_t> identifiers, const Stored& stored,
                   EvidenceParts* parts)
      : identifiers_(identifiers),
        stored_(stored),
        front_(&parts->front),
        rest_(&parts->rest),
        noise_(&parts->noise) {}

  // False: it has another form than is known here.
  bool Write(EvidenceBefore* before) {
    auto parsed = ParseTouchpointBody(stored_.body);
    if (!parsed.ok()) return false;
    const TouchpointBody& body = *parsed;
    front_.Varint((body.key_hash ? kPersonal : 0) | (body.digest ? kDigest : 0));
    if (!WriteOpen(body.open, before)) return false;
    if (body.digest) WriteHash(*body.digest, &noise_);
    if (!body.key_hash) return true;
    uint64_t sealed_by = body.sealed_by;
    if (body.sealed_by != kNoIdentifier && !ToPlace(&sealed_by)) return false;
    rest_.Varint(body.sealed_by == kNoIdentifier ? 0 : sealed_by + 1);
    front_.Varint(body.encrypted.size());
    WriteHash(*body.key_hash, &noise_);
    noise_.Append(body.encrypted);
    return true;
  }

 private:
  bool WriteOpen(std::string_view open, EvidenceBefore* before) {
    Reader reader(open);
    if (reader.Byte() != model::kCodecVersion) return false;
    Fields fields{reader.Varint(), &reader, &rest_};
    rest_.Varint(stored_.sequence - before->sequence);
    const int64_t received_us = base::Micros(stored_.received);
    rest_.Signed(WrappingSub(received_us, before->received_us));
    rest_.Varint(fields.present);
    fields.Number(model::kSourceBit);
    WriteId(fields.Has(model::kIdBit), &reader);
    fields.Behind();
    const int64_t time_us = WrappingSub(received_us, reader.Signed());
    WriteSpan(WrappingSub(time_us, before->time_us), kOfMicros, &rest_);
    fields.Number(model::kEventTimeDiffersBit);
    fields.Number(model::kEndTimeBit);
    if (fields.Has(model::kDurationBit)) WriteSpan(reader.Signed(), kOfMillis, &rest_);
    fields.OtherTimes();
    if (!fields.Identifiers([&](uint64_t* number) { return ToPlace(number); })) return false;
    rest_.String(reader.Bytes(reader.remaining()));
    *before = {stored_.sequence, received_us, time_us};
    return true;
  }

  void WriteId(bool given, Reader* reader) {
    const uint64_t head = given ? reader->Varint() : 0;
    front_.Varint(head);
    (IsNoise(head) ? noise_ : rest_).Append(reader->Bytes(model::PackedBytes(head)));
  }

  // An identifier's place in the island.
  bool ToPlace(uint64_t* number) const {
    const auto found = std::lower_bound(identifiers_.begin(), identifiers_.end(), *number);
    if (found == identifiers_.end() || *found != *number) return false;
    *number = static_cast<uint64_t>(found - identifiers_.begin());
    return true;
  }

  std::span<const uint32_t> identifiers_;
  const Stored& stored_;
  Writer front_;
  Writer rest_;
  Writer noise_;
};

class TouchpointReader {
 public:
  TouchpointReader(std::span<const uint32_t> identifiers, const Front& front, Reader* rest,
                   Reader* noise)
      : identifiers_(identifiers), front_(front), rest_(rest), noise_(noise) {}

  // `open` is room for the open part.
  bool Read(EvidenceBefore* before, std::string* open, std::string* body) {
    open->clear();
    if (!ReadOpen(before, open)) return false;
    TouchpointBody parts;
    parts.open = *open;
    if ((front_.lead & kDigest) != 0) parts.digest = ReadHash(noise_);
    if ((front_.lead & kPersonal) != 0) {
      uint64_t sealed_by = rest_->Varint();
      if (sealed_by != 0) {
        --sealed_by;
        if (!ToNumber(&sealed_by)) return false;
        parts.sealed_by = static_cast<IdentifierNo>(sealed_by);
      }
      parts.key_hash = ReadHash(noise_);
      parts.encrypted = noise_->Bytes(front_.encrypted);
    }
    body->clear();
    AppendTouchpointBody(parts, body);
    return rest_->ok() && noise_->ok();
  }

 private:
  bool ReadOpen(EvidenceBefore* before, std::string* open) {
    Writer writer(open);
    before->sequence += rest_->Varint();
    before->received_us = WrappingAdd(before->received_us, rest_->Signed());
    Fields fields{rest_->Varint(), rest_, &writer};
    writer.Byte(model::kCodecVersion);
    writer.Varint(fields.present);
    fields.Number(model::kSourceBit);
    if (fields.Has(model::kIdBit)) {
      writer.Varint(front_.id_head);
      writer.Append(
          (IsNoise(front_.id_head) ? noise_ : rest_)->Bytes(model::PackedBytes(front_.id_head)));
    }
    fields.Behind();
    before->time_us = WrappingAdd(before->time_us, ReadSpan(kOfMicros, rest_));
    writer.Signed(WrappingSub(before->received_us, before->time_us));
    fields.Number(model::kEventTimeDiffersBit);
    fields.Number(model::kEndTimeBit);
    if (fields.Has(model::kDurationBit)) writer.Signed(ReadSpan(kOfMillis, rest_));
    fields.OtherTimes();
    if (!fields.Identifiers([&](uint64_t* number) { return ToNumber(number); })) return false;
    writer.Append(rest_->String());
    return rest_->ok();
  }

  bool ToNumber(uint64_t* place) const {
    if (*place >= identifiers_.size()) return false;
    *place = identifiers_[*place];
    return true;
  }

  std::span<const uint32_t> identifiers_;
  const Front& front_;
  Reader* rest_;
  Reader* noise_;
};

Front ReadFront(Reader* reader) {
  Front front;
  front.lead = reader->Varint();
  if ((front.lead & kAsItIs) != 0) return front;
  front.id_head = reader->Varint();
  if ((front.lead & kPersonal) != 0) front.encrypted = reader->Varint();
  return front;
}

// Whether what was written is read as what it was.
bool ComesBack(std::span<const uint32_t> identifiers, const EvidenceParts& parts,
               EvidenceBefore before, const Stored& stored, EvidenceRoom* room) {
  Reader fronts(parts.front);
  const Front front = ReadFront(&fronts);
  Reader rest(parts.rest);
  Reader noise(parts.noise);
  return TouchpointReader(identifiers, front, &rest, &noise)
             .Read(&before, &room->open, &room->body) &&
         rest.AtEnd() && noise.AtEnd() && room->body == stored.body &&
         front.noise_bytes() == parts.noise.size();
}

}  // namespace

uint64_t Front::noise_bytes() const {
  return ((lead & kDigest) != 0 ? kHashBytes : 0) +
         (IsNoise(id_head) ? model::PackedBytes(id_head) : 0) +
         ((lead & kPersonal) != 0 ? kHashBytes + encrypted : 0);
}

void EvidenceWriter::Start(std::span<const uint32_t> identifiers) {
  identifiers_ = identifiers;
  before_ = {};
  count_ = 0;
  fronts_.clear();
  rests_.clear();
  noise_.clear();
}

void EvidenceWriter::Add(RecordKind kind, const Stored& stored) {
  ++count_;
  if (kind == RecordKind::kTouchpoint) {
    parts_.Clear();
    EvidenceBefore after = before_;
    const bool written = TouchpointWriter(identifiers_, stored, &parts_).Write(&after);
    if (written && ComesBack(identifiers_, parts_, before_, stored, &room_)) {
      fronts_ += parts_.front;
      rests_ += parts_.rest;
      noise_ += parts_.noise;
      before_ = after;
      return;
    }
  }
  Writer(&fronts_).Varint(kAsItIs);
  Writer rest(&rests_);
  rest.Byte(static_cast<uint8_t>(kind));
  rest.Varint(stored.sequence - before_.sequence);
  const int64_t received_us = base::Micros(stored.received);
  rest.Signed(WrappingSub(received_us, before_.received_us));
  rest.String(stored.body);
  before_.sequence = stored.sequence;
  before_.received_us = received_us;
}

void EvidenceWriter::AppendTo(std::string* bytes) const {
  Writer writer(bytes);
  writer.Varint(count_);
  writer.Append(fronts_);
  writer.Append(rests_);
}

bool EvidenceReader::Open(Reader* reader) {
  fronts_.clear();
  next_ = 0;
  noise_bytes_ = 0;
  before_ = {};
  uint64_t count = reader->Varint();
  if (count > reader->remaining()) return false;
  for (; count > 0 && reader->ok(); --count) {
    fronts_.push_back(ReadFront(reader));
    const Front& front = fronts_.back();
    const uint64_t most = reader->remaining();
    if ((front.lead & ~kLeadMask) != 0 || model::PackedBytes(front.id_head) > most ||
        front.encrypted > most) {
      return false;
    }
    noise_bytes_ += front.noise_bytes();
  }
  return reader->ok() && noise_bytes_ <= reader->remaining();
}

void EvidenceReader::Start(std::span<const uint32_t> identifiers, std::string_view rests,
                           std::string_view noise) {
  identifiers_ = identifiers;
  rests_ = Reader(rests);
  noise_ = Reader(noise);
}

bool EvidenceReader::Next(RecordKind* kind, Stored* stored) {
  const Front& front = fronts_[next_++];
  *kind = RecordKind::kTouchpoint;
  if ((front.lead & kAsItIs) == 0) {
    if (!TouchpointReader(identifiers_, front, &rests_, &noise_)
             .Read(&before_, &room_.open, &room_.body)) {
      return false;
    }
  } else {
    *kind = static_cast<RecordKind>(rests_.Byte());
    before_.sequence += rests_.Varint();
    before_.received_us = WrappingAdd(before_.received_us, rests_.Signed());
    room_.body = rests_.String();
  }
  stored->body = room_.body;
  stored->sequence = before_.sequence;
  stored->received = model::FromMicros(before_.received_us);
  return rests_.ok();
}

}  // namespace cxjourney::tracker
