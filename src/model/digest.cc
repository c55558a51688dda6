// The digest of a touchpoint's content: what makes two copies equal.
#include <absl/container/inlined_vector.h>
#include <sodium.h>

#include <algorithm>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "model/canonical.h"

namespace cxjourney::model {
namespace {

using base::Buffer;
using base::BufferWriter;

// Writes each field in a fixed order; lengths and presence bytes make the bytes unambiguous. Not
// a storage format: it may change whenever the library does, as long as equality stays the same.
// (Fingerprints are stored, so a change of it lets old touchpoints without ids in once more.)
class ContentWriter {
 public:
  explicit ContentWriter(Buffer* out) : writer_(out) {}

  void Write(const CanonicalTouchpoint& touchpoint) {
    const Touchpoint& t = *touchpoint.content;
    writer_.String(t.source);
    writer_.String(touchpoint.id_is_fingerprint ? std::string_view() : t.id);
    writer_.Varint(t.revision);
    writer_.Byte(t.voided);
    WriteIdentifiers(touchpoint.identifiers);
    Time(t.event_time);
    Time(t.end_time);
    Optional(t.duration_ms);
    Optional(t.utc_offset_min);
    Time(t.follow_up_due);
    WriteKinds(t);
    for (const std::string* text :
         {&t.custom_channel, &t.channel_detail, &t.conversation_id, &t.parent_id, &t.agent,
          &t.queue, &t.team, &t.emotion, &t.text_digest}) {
      writer_.String(*text);
    }
    WriteLists(t);
    for (const auto& ms : {t.timings.queue_ms, t.timings.talk_ms, t.timings.hold_ms,
                           t.timings.wrap_ms, t.timings.first_response_ms}) {
      Optional(ms);
    }
    writer_.Byte(t.sentiment.has_value());
    if (t.sentiment) writer_.Float(*t.sentiment);
    writer_.Byte(t.text.has_value());
    if (t.text) writer_.String(*t.text);
  }

 private:
  void Time(const std::optional<Timestamp>& time) {
    writer_.Byte(time.has_value());
    if (time) writer_.Signed(time->time_since_epoch().count());
  }
  template <class T>
  void Optional(const std::optional<T>& value) {
    writer_.Byte(value.has_value());
    if (value) writer_.Signed(static_cast<int64_t>(*value));
  }
  template <class E>
  void Enum(E value) {
    writer_.Byte(static_cast<uint8_t>(value));
  }

  // Spellings and reasons do not count: another spelling is the same value, and reasons follow
  // from the rules. Namespaces count by name, so that other rules leave the digest alone.
  void WriteIdentifiers(std::span<const CanonicalIdentifier> identifiers) {
    absl::InlinedVector<const CanonicalIdentifier*, 8> by_name;
    for (const CanonicalIdentifier& identifier : identifiers) by_name.push_back(&identifier);
    std::sort(by_name.begin(), by_name.end(), [](const auto* a, const auto* b) {
      return std::tie(a->name, a->value, a->role) < std::tie(b->name, b->value, b->role);
    });
    writer_.Varint(by_name.size());
    for (const CanonicalIdentifier* identifier : by_name) {
      writer_.String(identifier->name);
      writer_.String(identifier->value);
      Enum(identifier->role);
    }
  }

  void WriteKinds(const Touchpoint& t) {
    Enum(t.channel);
    Enum(t.visibility);
    writer_.Varint(t.reach);
    Enum(t.direction);
    Enum(t.initiation);
    Enum(t.purpose);
    Enum(t.outcome);
    Enum(t.handled_by);
    writer_.Byte(t.automated);
    writer_.Byte(t.canned);
    Enum(t.relation);
    Enum(t.consent);
    Enum(t.retention_class);
  }

  void WriteLists(const Touchpoint& t) {
    writer_.Varint(t.topics.size());
    for (const std::string& topic : t.topics) writer_.String(topic);
    writer_.Varint(t.scores.size());
    for (const Score& score : t.scores) {
      Enum(score.kind);
      writer_.Double(score.value);
      writer_.Double(score.max);
      writer_.String(score.about_id);
    }
    writer_.Byte(t.value.has_value());
    if (t.value) {
      writer_.Signed(t.value->amount_minor);
      writer_.String(t.value->currency);
      Enum(t.value->kind);
    }
    writer_.Varint(t.refs.size());
    for (const Ref& ref : t.refs) {
      Enum(ref.type);
      writer_.String(ref.id);
    }
    writer_.Varint(t.attributes.size());
    for (const Attribute& attribute : t.attributes) WriteAttribute(attribute);
  }

  void WriteAttribute(const Attribute& attribute) {
    writer_.String(attribute.key);
    writer_.Byte(attribute.personal);
    writer_.Byte(attribute.fact);
    writer_.Byte(static_cast<uint8_t>(attribute.value.index()));
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      writer_.String(*text);
    } else if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
      writer_.Signed(*integer);
    } else if (const auto* number = std::get_if<double>(&attribute.value)) {
      writer_.Double(*number);
    } else if (const auto* flag = std::get_if<bool>(&attribute.value)) {
      writer_.Byte(*flag);
    } else if (const auto* blob = std::get_if<Bytes>(&attribute.value)) {
      writer_.String(blob->data);
    }
  }

  BufferWriter writer_;
};

}  // namespace

ContentDigest DigestContent(const CanonicalTouchpoint& touchpoint) {
  // Chooses the fastest implementation; thread-safe, and the digest is the same without it.
  [[maybe_unused]] static const int sodium = sodium_init();
  Buffer buffer;
  ContentWriter(&buffer).Write(touchpoint);
  const std::string_view bytes = buffer.view();
  ContentDigest digest;
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr,
                     0);
  return digest;
}

std::string FingerprintId(const CanonicalTouchpoint& touchpoint) {
  if (!touchpoint.content->id.empty()) return touchpoint.content->id;
  const ContentDigest digest = DigestContent(touchpoint);
  char hex[sizeof digest * 2 + 1];
  return sodium_bin2hex(hex, sizeof hex, digest.data(), digest.size());
}

}  // namespace cxjourney::model
