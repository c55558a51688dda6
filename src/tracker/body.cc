#include "tracker/body.h"

#include <sodium.h>

#include <cstring>

#include "base/bytes.h"
#include "base/status_macros.h"

namespace cxjourney::tracker {

namespace {

using base::Reader;
using base::Writer;

constexpr uint8_t kBodyVersion = 1;
constexpr uint8_t kTouchpointBodyVersion = 2;  // 1 was never released.
constexpr uint8_t kHasPersonal = 1;            // Flags of a touchpoint's body.
constexpr uint8_t kHasDigest = 2;
constexpr uint8_t kNewSecretVersion = 2;   // In place of an identifier's kBodyVersion.
constexpr uint8_t kNormalizerVersion = 1;  // Of the rules that made the stored value.
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

void AppendSealed(std::string_view plain, const uint8_t* nonce, std::string_view bound,
                  const store::Secret& secret, std::string* out) {
  const size_t at = out->size();
  out->resize(at + plain.size() + kTagBytes);
  unsigned long long size = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<uint8_t*>(out->data() + at), &size,
                                             Bytes(plain), plain.size(), Bytes(bound), bound.size(),
                                             nullptr, nonce, secret.data());
}

Result<std::string> Unseal(std::string_view sealed, const uint8_t* nonce, std::string_view bound,
                           const store::Secret& secret, const char* what) {
  if (sealed.size() < kTagBytes) {
    return Status(Code::kDataLoss, std::string(what) + " is too short to be sealed");
  }
  std::string out(sealed.size() - kTagBytes, '\0');
  unsigned long long size = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          reinterpret_cast<uint8_t*>(out.data()), &size, nullptr, Bytes(sealed), sealed.size(),
          Bytes(bound), bound.size(), nonce, secret.data()) != 0) {
    return Status(Code::kDataLoss, std::string(what) + " does not open with its key");
  }
  return out;
}

std::string BoundTo(uint32_t tenant, uint64_t sequence) {
  std::string bound;
  Writer writer(&bound);
  writer.Fixed32(tenant);
  writer.Fixed64(sequence);
  return bound;
}

Status Malformed(const char* what) {
  return Status(Code::kDataLoss, std::string("a stored ") + what + " can't be read");
}

// A count that can't be right for the bytes that are left would only waste memory.
bool PlausibleCount(uint64_t count, const Reader& reader) { return count <= reader.remaining(); }

}  // namespace

// Touchpoints ------------------------------------------------------------------------------------

void AppendTouchpointBody(const model::EncodedTouchpoint& encoded, IdentifierNo sealed_by,
                          const store::Secret& secret,
                          const std::optional<identity::Hash128>& digest,
                          const identity::Hash128& key_hash, uint32_t tenant, uint64_t sequence,
                          std::string* bytes) {
  TouchpointBody body;
  body.digest = digest;
  body.open = encoded.open;
  std::string encrypted;
  if (!encoded.personal.empty()) {
    body.sealed_by = sealed_by;
    body.key_hash = key_hash;
    uint8_t nonce[kNonceBytes];
    randombytes_buf(nonce, sizeof nonce);
    encrypted.assign(reinterpret_cast<const char*>(nonce), sizeof nonce);
    AppendSealed(encoded.personal, nonce, BoundTo(tenant, sequence), secret, &encrypted);
    body.encrypted = encrypted;
  }
  AppendTouchpointBody(body, bytes);
}

void AppendTouchpointBody(const TouchpointBody& parts, std::string* bytes) {
  const bool personal = parts.key_hash.has_value();
  Writer writer(bytes);
  writer.Byte(kTouchpointBodyVersion);
  writer.Byte(
      static_cast<uint8_t>((personal ? kHasPersonal : 0) | (parts.digest ? kHasDigest : 0)));
  if (parts.digest) {
    WriteHash(*parts.digest, &writer);
  }
  if (!personal) {
    writer.Append(parts.open);
    return;
  }
  writer.Varint(parts.sealed_by == kNoIdentifier ? 0 : uint64_t{parts.sealed_by} + 1);
  writer.String(parts.open);
  WriteHash(*parts.key_hash, &writer);
  writer.Append(parts.encrypted);
}

Result<TouchpointBody> ParseTouchpointBody(std::string_view bytes) {
  Reader reader(bytes);
  TouchpointBody body;
  if (reader.Byte() != kTouchpointBodyVersion) return Malformed("touchpoint");
  const uint8_t flags = reader.Byte();
  if ((flags & ~(kHasPersonal | kHasDigest)) != 0) return Malformed("touchpoint");
  if ((flags & kHasDigest) != 0) {
    body.digest = ReadHash(&reader);
  }
  if ((flags & kHasPersonal) == 0) {
    body.open = reader.Bytes(reader.remaining());
  } else {
    uint64_t sealed_by = reader.Varint();
    if (sealed_by > kNoIdentifier) return Malformed("touchpoint");
    body.sealed_by = sealed_by == 0 ? kNoIdentifier : static_cast<IdentifierNo>(sealed_by - 1);
    body.open = reader.String();
    body.key_hash = ReadHash(&reader);
    body.encrypted = reader.Bytes(reader.remaining());
  }
  if (!reader.ok() || !reader.AtEnd()) return Malformed("touchpoint");
  return body;
}

bool ReadOpenBody(std::string_view bytes, std::string_view* open) {
  if (bytes.size() < 2 || bytes[0] != static_cast<char>(kTouchpointBodyVersion)) return false;
  const auto flags = static_cast<uint8_t>(bytes[1]);
  const size_t head = 2 + ((flags & kHasDigest) != 0 ? sizeof(identity::Hash128) : 0);
  if ((flags & ~kHasDigest) != 0 || bytes.size() < head) return false;
  *open = bytes.substr(head);
  return true;
}

Result<std::string> OpenPersonal(const TouchpointBody& body, const store::Secret& secret,
                                 uint32_t tenant, uint64_t sequence) {
  if (body.encrypted.empty()) return std::string();
  if (body.encrypted.size() < kNonceBytes) return Malformed("touchpoint's personal part");
  return Unseal(body.encrypted.substr(kNonceBytes), Bytes(body.encrypted),
                BoundTo(tenant, sequence), secret, "a touchpoint's personal part");
}

void WriteHash(const identity::Hash128& hash, Writer* writer) {
  writer->Fixed64(hash.low);
  writer->Fixed64(hash.high);
}

identity::Hash128 ReadHash(Reader* reader) {
  const uint64_t low = reader->Fixed64();
  return {low, reader->Fixed64()};
}

// Identifiers ------------------------------------------------------------------------------------

// The secret is fresh and seals one value only with this nonce, so the nonce may be constant.
constexpr uint8_t kValueNonce[kNonceBytes] = {};

void AppendIdentifierBody(uint32_t name_space, const identity::IdentifierEntry& entry,
                          std::string_view typed, std::string* bytes) {
  base::Buffer plain;
  base::BufferWriter inner(&plain);
  inner.String(entry.value);
  inner.String(typed == entry.value ? std::string_view() : typed);
  Writer writer(bytes);
  writer.Byte(kBodyVersion);
  writer.Byte(kNormalizerVersion);
  writer.Varint(name_space);
  writer.Varint(entry.salt);
  WriteHash(entry.hash, &writer);
  AppendSealed(plain.view(), kValueNonce, {}, entry.secret, bytes);
}

std::string EncodeNewSecret(uint32_t stable) {
  std::string body;
  Writer writer(&body);
  writer.Byte(kNewSecretVersion);
  writer.Varint(stable);
  return body;
}

Result<std::optional<uint32_t>> ParseNewSecret(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.Byte() != kNewSecretVersion) return std::optional<uint32_t>();
  const uint64_t stable = reader.Varint();
  if (!reader.ok() || !reader.AtEnd() || stable >= kNoIdentifier) return Malformed("secret");
  return std::optional(static_cast<uint32_t>(stable));
}

std::string EncodeBareIdentifierBody(uint32_t name_space, const identity::IdentifierEntry& entry) {
  std::string body;
  Writer writer(&body);
  writer.Byte(kBodyVersion);
  writer.Byte(kNormalizerVersion);
  writer.Varint(name_space);
  writer.Varint(static_cast<uint64_t>(entry.recorded));
  WriteHash(entry.hash, &writer);
  return body;
}

Result<BareIdentifierBody> ParseBareIdentifierBody(std::string_view bytes) {
  Reader reader(bytes);
  BareIdentifierBody body;
  if (reader.Byte() != kBodyVersion) return Malformed("identifier without a value");
  reader.Byte();  // Normaliser version.
  body.name_space = static_cast<uint32_t>(reader.Varint());
  const uint64_t recorded = reader.Varint();
  body.recorded = static_cast<Reason>(recorded);
  body.hash = ReadHash(&reader);
  if (!reader.ok() || !reader.AtEnd() || recorded > UINT16_MAX) {
    return Malformed("identifier without a value");
  }
  return body;
}

Result<IdentifierBody> ParseIdentifierBody(std::string_view bytes, const store::Secret& secret) {
  Reader reader(bytes);
  IdentifierBody body;
  if (reader.Byte() != kBodyVersion) return Malformed("identifier");
  reader.Byte();  // Normaliser version: kept for a later renormalise step.
  body.name_space = static_cast<uint32_t>(reader.Varint());
  reader.Varint();  // Salt and hash are for stores that open without decrypting.
  ReadHash(&reader);
  if (!reader.ok()) return Malformed("identifier");
  CXJ_ASSIGN_OR_RETURN(std::string plain, Unseal(reader.Bytes(reader.remaining()), kValueNonce, {},
                                                 secret, "an identifier's value"));
  Reader inner(plain);
  body.value = inner.String();
  body.typed = inner.String();
  if (!inner.ok()) return Malformed("identifier");
  if (body.typed.empty()) body.typed = body.value;
  return body;
}

// Assertions -------------------------------------------------------------------------------------

std::string EncodeAssertionBody(const AssertionBody& assertion) {
  std::string body;
  Writer writer(&body);
  writer.Byte(kBodyVersion);
  writer.Varint(assertion.identifiers.size());
  for (IdentifierNo id : assertion.identifiers) writer.Varint(id);
  writer.Byte(assertion.target_is_touchpoint ? 1 : 0);
  writer.Varint(assertion.target);
  writer.Signed(assertion.event_time_us);
  writer.String(assertion.actor);
  writer.String(assertion.reason);
  return body;
}

Result<AssertionBody> ParseAssertionBody(std::string_view bytes) {
  Reader reader(bytes);
  AssertionBody body;
  if (reader.Byte() != kBodyVersion) return Malformed("assertion");
  uint64_t count = reader.Varint();
  if (!PlausibleCount(count, reader)) return Malformed("assertion");
  for (uint64_t i = 0; i < count; ++i) {
    body.identifiers.push_back(static_cast<IdentifierNo>(reader.Varint()));
  }
  body.target_is_touchpoint = reader.Byte() != 0;
  body.target = reader.Varint();
  body.event_time_us = reader.Signed();
  body.actor = reader.String();
  body.reason = reader.String();
  if (!reader.ok() || !reader.AtEnd()) return Malformed("assertion");
  return body;
}

// Rules and policies -----------------------------------------------------------------------------

namespace {

void WriteStrings(Writer* writer, const std::vector<std::string>& strings) {
  writer->Varint(strings.size());
  for (const std::string& text : strings) writer->String(text);
}

bool ReadStrings(Reader* reader, std::vector<std::string>* strings) {
  uint64_t count = reader->Varint();
  if (!PlausibleCount(count, *reader)) return false;
  for (uint64_t i = 0; i < count; ++i) strings->emplace_back(reader->String());
  return reader->ok();
}

void WriteNamespace(Writer* writer, const NamespaceRule& rule) {
  writer->String(rule.name);
  writer->Byte(static_cast<uint8_t>(rule.tier));
  writer->Varint(rule.priority);
  writer->Varint(rule.per_customer_max);
  writer->Signed(rule.ttl.count());
  writer->Varint(rule.quarantine_above);
  writer->Byte(static_cast<uint8_t>(rule.normalizer));
  writer->Byte(rule.refuse_repeated ? 1 : 0);
}

NamespaceRule ReadNamespace(Reader* reader) {
  NamespaceRule rule;
  rule.name = reader->String();
  rule.tier = static_cast<Tier>(reader->Byte());
  rule.priority = static_cast<uint32_t>(reader->Varint());
  rule.per_customer_max = static_cast<uint32_t>(reader->Varint());
  rule.ttl = Duration(reader->Signed());
  rule.quarantine_above = static_cast<uint32_t>(reader->Varint());
  rule.normalizer = static_cast<Normalizer>(reader->Byte());
  rule.refuse_repeated = reader->Byte() != 0;
  return rule;
}

void WritePolicy(Writer* writer, const Policy& policy) {
  writer->String(policy.name);
  writer->Signed(policy.window.count());
  writer->Byte(static_cast<uint8_t>(policy.anchor));
  writer->Byte(static_cast<uint8_t>(policy.topic));
  writer->Varint(policy.topic_prefix);
  writer->Byte(policy.unknown_topic_matches ? 1 : 0);
  writer->Byte(static_cast<uint8_t>(policy.channels));
  writer->Byte(static_cast<uint8_t>(policy.chain));
  writer->Signed(policy.fold_gap.count());
  writer->Signed(policy.short_abandon.count());
  WriteStrings(writer, policy.exclude_base_topics);
  writer->Byte(policy.calendar ? 1 : 0);
  if (policy.calendar) {
    writer->Varint(policy.calendar->days);
    writer->String(policy.calendar->zone);
    writer->Signed(policy.calendar->utc_offset_min);
  }
  writer->Varint(policy.only_channels.size());
  for (Channel channel : policy.only_channels) writer->Byte(static_cast<uint8_t>(channel));
  writer->Signed(policy.forwarded_within.count());
}

bool ReadPolicy(Reader* reader, Policy* policy) {
  policy->name = reader->String();
  policy->window = Duration(reader->Signed());
  policy->anchor = static_cast<AnchorPoint>(reader->Byte());
  policy->topic = static_cast<TopicMatch>(reader->Byte());
  policy->topic_prefix = static_cast<uint32_t>(reader->Varint());
  policy->unknown_topic_matches = reader->Byte() != 0;
  policy->channels = static_cast<ChannelMatch>(reader->Byte());
  policy->chain = static_cast<Chain>(reader->Byte());
  policy->fold_gap = Duration(reader->Signed());
  policy->short_abandon = Duration(reader->Signed());
  if (!ReadStrings(reader, &policy->exclude_base_topics)) return false;
  if (reader->Byte() != 0) {
    CalendarRule calendar;
    calendar.days = static_cast<uint32_t>(reader->Varint());
    calendar.zone = reader->String();
    calendar.utc_offset_min = static_cast<int32_t>(reader->Signed());
    policy->calendar = calendar;
  }
  uint64_t channels = reader->Varint();
  if (!PlausibleCount(channels, *reader)) return false;
  for (uint64_t i = 0; i < channels; ++i) {
    policy->only_channels.push_back(static_cast<Channel>(reader->Byte()));
  }
  policy->forwarded_within = Duration(reader->Signed());
  return reader->ok();
}

}  // namespace

std::string EncodeRules(const IdentityRules& rules) {
  std::string body;
  Writer writer(&body);
  writer.Byte(kBodyVersion);
  writer.Varint(rules.namespaces.size());
  for (const NamespaceRule& rule : rules.namespaces) WriteNamespace(&writer, rule);
  writer.String(rules.default_region);
  WriteStrings(&writer, rules.blocked_values);
  WriteStrings(&writer, rules.role_mailboxes);
  WriteStrings(&writer, rules.own_phones);
  writer.Varint(rules.identifiers_per_customer_max);
  return body;
}

Result<IdentityRules> ParseRules(std::string_view bytes) {
  Reader reader(bytes);
  IdentityRules rules;
  if (reader.Byte() != kBodyVersion) return Malformed("version of the rules");
  uint64_t count = reader.Varint();
  if (!PlausibleCount(count, reader)) return Malformed("version of the rules");
  for (uint64_t i = 0; i < count; ++i) rules.namespaces.push_back(ReadNamespace(&reader));
  rules.default_region = reader.String();
  ReadStrings(&reader, &rules.blocked_values);
  ReadStrings(&reader, &rules.role_mailboxes);
  ReadStrings(&reader, &rules.own_phones);
  rules.identifiers_per_customer_max = static_cast<uint32_t>(reader.Varint());
  if (!reader.ok() || !reader.AtEnd()) return Malformed("version of the rules");
  return rules;
}

std::string EncodePolicies(const std::vector<Policy>& policies) {
  std::string body;
  Writer writer(&body);
  writer.Byte(kBodyVersion);
  writer.Varint(policies.size());
  for (const Policy& policy : policies) WritePolicy(&writer, policy);
  return body;
}

Result<std::vector<Policy>> ParsePolicies(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<Policy> policies;
  if (reader.Byte() != kBodyVersion) return Malformed("set of policies");
  uint64_t count = reader.Varint();
  if (!PlausibleCount(count, reader)) return Malformed("set of policies");
  for (uint64_t i = 0; i < count; ++i) {
    if (!ReadPolicy(&reader, &policies.emplace_back())) return Malformed("set of policies");
  }
  if (!reader.ok() || !reader.AtEnd()) return Malformed("set of policies");
  return policies;
}

}  // namespace cxjourney::tracker
