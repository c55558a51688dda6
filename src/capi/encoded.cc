#include "capi/encoded.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "base/status_macros.h"
#include "capi/receipt_message.h"
#include "interchange/convert.h"
#include "interchange/json.h"

namespace cxjourney::capi {
namespace {

constexpr size_t kBatchBytesMax = size_t{256} << 20;
constexpr size_t kBatchMessagesMax = 10'000;

Status Invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

DecodedTouchpoint DecodeMessage(std::string_view bytes) {
  DecodedTouchpoint out;
  wire::Touchpoint message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    out.status = Invalid("the message is no Touchpoint");
    return out;
  }
  Result<Touchpoint> converted = interchange::FromMessage(message);
  out.status = converted.status();
  if (converted.ok()) out.touchpoint = *std::move(converted);
  return out;
}

DecodedTouchpoint DecodeLine(std::string_view line) {
  DecodedTouchpoint out;
  uint32_t tenant = 0;
  interchange::Refusal refusal;
  if (!interchange::FromJson(line, out.touchpoint, tenant, refusal)) {
    out.status =
        Invalid(refusal.field.empty() ? refusal.reason : refusal.reason + ": " + refusal.field);
  }
  return out;
}

Status CheckCount(const std::vector<DecodedTouchpoint>& out) {
  if (out.size() < kBatchMessagesMax) return Status();
  return Invalid("more than 10,000 touchpoints in one call");
}

Status DecodeDelimited(std::string_view batch, std::vector<DecodedTouchpoint>* out) {
  size_t at = 0;
  while (at < batch.size()) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(batch.data() + at);
    google::protobuf::io::CodedInputStream in(bytes, static_cast<int>(batch.size() - at));
    uint32_t size = 0;
    const bool read = in.ReadVarint32(&size);
    const size_t start = at + static_cast<size_t>(in.CurrentPosition());
    if (!read || size > batch.size() - start) {
      return Invalid(fmt::format("the length at byte {} of the batch is broken or too long", at));
    }
    CXJ_RETURN_IF_ERROR(CheckCount(*out));
    out->push_back(DecodeMessage(batch.substr(start, size)));
    at = start + size;
  }
  return Status();
}

Status DecodeLines(std::string_view batch, std::vector<DecodedTouchpoint>* out) {
  while (!batch.empty()) {
    const size_t end = std::min(batch.find('\n'), batch.size());
    std::string_view line = batch.substr(0, end);
    batch.remove_prefix(std::min(end + 1, batch.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    CXJ_RETURN_IF_ERROR(CheckCount(*out));
    out->push_back(DecodeLine(line));
  }
  return Status();
}

Receipt Refused(const Status& status, Reason reason) {
  Receipt receipt;
  receipt.outcome = RecordOutcome::kRefused;
  receipt.status = status;
  if (reason != Reason::kNone) receipt.remarks.push_back({reason, ""});
  return receipt;
}

}  // namespace

Result<std::vector<DecodedTouchpoint>> DecodeBatch(cxj_format format, std::string_view batch) {
  std::vector<DecodedTouchpoint> out;
  if (batch.size() > kBatchBytesMax) {
    return Invalid(fmt::format("the batch has {} bytes; the limit is 256 MiB", batch.size()));
  }
  switch (format) {
    case CXJ_FORMAT_PROTOBUF:
      CXJ_RETURN_IF_ERROR(DecodeDelimited(batch, &out));
      return out;
    case CXJ_FORMAT_JSON_LINES:
      CXJ_RETURN_IF_ERROR(DecodeLines(batch, &out));
      return out;
    default:
      return Invalid(fmt::format("format is {}; it has no meaning", format));
  }
}

Result<std::vector<Receipt>> RecordDecoded(Tracker* tracker, std::vector<DecodedTouchpoint> batch,
                                           const RecordOptions& options) {
  std::vector<Touchpoint> good;
  good.reserve(batch.size());
  for (DecodedTouchpoint& decoded : batch) {
    if (decoded.status.ok()) good.push_back(std::move(decoded.touchpoint));
  }
  const bool refuse_all = options.all_or_nothing && good.size() != batch.size();
  std::vector<Receipt> recorded;
  if (!refuse_all) {
    CXJ_ASSIGN_OR_RETURN(recorded, tracker->RecordAll(good, options));
  }
  std::vector<Receipt> receipts;
  receipts.reserve(batch.size());
  size_t next = 0;
  for (const DecodedTouchpoint& decoded : batch) {
    if (!decoded.status.ok()) {
      receipts.push_back(Refused(decoded.status, Reason::kNone));
    } else if (refuse_all) {
      receipts.push_back(
          Refused(Invalid("another touchpoint of the batch was refused"), Reason::kBatchRefused));
    } else {
      receipts.push_back(std::move(recorded[next++]));
    }
  }
  return receipts;
}

std::string EncodeReceipts(cxj_format format, const std::vector<Receipt>& receipts) {
  std::string bytes;
  google::protobuf::util::JsonPrintOptions json;
  json.preserve_proto_field_names = true;
  for (const Receipt& receipt : receipts) {
    const wire::Receipt message = ToMessage(receipt);
    std::string text;
    if (format == CXJ_FORMAT_PROTOBUF) {
      message.SerializeToString(&text);
      uint8_t length[5];
      const uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(
          static_cast<uint32_t>(text.size()), length);
      bytes.append(reinterpret_cast<const char*>(length), static_cast<size_t>(end - length));
      bytes += text;
    } else {
      // Cannot fail for a message of a compiled type.
      (void)google::protobuf::util::MessageToJsonString(message, &text, json);
      bytes += text;
      bytes += '\n';
    }
  }
  return bytes;
}

}  // namespace cxjourney::capi
