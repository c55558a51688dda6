#include "bench/peers/key_value.h"

#include <cstring>

namespace cxjourney::bench {

void PutBig32(std::string* out, uint32_t value) {
  value = __builtin_bswap32(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void PutBig64(std::string* out, uint64_t value) {
  value = __builtin_bswap64(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

uint32_t GetBig32(const char* bytes) {
  uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap32(value);
}

uint64_t GetBig64(const char* bytes) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}

void PutVarint(std::string* out, uint64_t value) {
  for (; value >= 128; value >>= 7) out->push_back(static_cast<char>(value | 128));
  out->push_back(static_cast<char>(value));
}

uint64_t GetVarint(const char** bytes) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    auto byte = static_cast<uint8_t>(*(*bytes)++);
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

void SetIdentifierKey(const EventIdentifier& normalized, std::string* key) {
  key->assign(1, static_cast<char>('0' + static_cast<int>(normalized.type)));
  key->append(normalized.value());
}

std::string EventKey(uint32_t cluster, int64_t time_ms, const EventId& id) {
  std::string key;
  key.reserve(kEventKeySize);
  PutBig32(&key, cluster);
  PutBig64(&key, static_cast<uint64_t>(time_ms));
  key.append(IdView(id));
  return key;
}

void EncodeEvent(const Event& event, std::string* out) {
  bool order = event.order_cents >= 0;
  out->push_back(static_cast<char>(static_cast<int>(event.channel) | int{event.outbound} << 4 |
                                   int{order} << 5));
  out->push_back(
      static_cast<char>(static_cast<int>(event.kind) | static_cast<int>(event.outcome) << 4));
  out->push_back(static_cast<char>(event.sentiment));
  PutVarint(out, event.topic);
  PutVarint(out, event.duration_s);
  if (order) PutVarint(out, static_cast<uint64_t>(event.order_cents));
}

Row DecodeEvent(const char** value) {
  Row row;
  const char* at = *value;
  auto first = static_cast<uint8_t>(*at++);
  auto second = static_cast<uint8_t>(*at++);
  row.sentiment = static_cast<int8_t>(*at++);
  row.channel = static_cast<EventChannel>(first & 15);
  row.outbound = (first & 16) != 0;
  row.kind = static_cast<EventKind>(second & 15);
  row.outcome = static_cast<EventOutcome>(second >> 4);
  row.topic = static_cast<uint16_t>(GetVarint(&at));
  row.duration_s = static_cast<uint32_t>(GetVarint(&at));
  if ((first & 32) != 0) row.order_cents = static_cast<int64_t>(GetVarint(&at));
  *value = at;
  return row;
}

Row DecodeEvent(const char* key, const char* value) {
  Row row = DecodeEvent(&value);
  row.time_ms = static_cast<int64_t>(GetBig64(key + 4));
  std::memcpy(row.id.data(), key + 12, row.id.size());
  return row;
}

Step StepOf(const Row& row) {
  return {row.time_ms, row.topic, row.channel, row.kind, row.outbound};
}

}  // namespace cxjourney::bench
