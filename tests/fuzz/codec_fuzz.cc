// Whatever bytes are decoded: a touchpoint that can be stored again, or kDataLoss.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "model/codec.h"

namespace cxjourney::model {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

// The first byte says how many of the others are the personal part.
void DecodeAndEncode(std::string_view bytes) {
  if (bytes.empty()) return;
  const size_t split = static_cast<unsigned char>(bytes[0]) % bytes.size();
  bytes.remove_prefix(1);
  const std::string_view personal = bytes.substr(0, split);
  const std::string_view open = bytes.substr(split);
  StringTable strings;
  for (const char* text : {"crm", "order/late", "agent", "queue", "TRY", "key", "key2"}) {
    strings.Intern(text);
  }
  const Timestamp received{Duration(1'700'000'000'000'000)};
  CanonicalTouchpoint touchpoint;
  std::vector<uint32_t> ids;
  const Status status = DecodeTouchpoint(open, personal, received, strings, &touchpoint, &ids);
  if (!status.ok()) {
    Check(status.code() == Code::kDataLoss);
    return;
  }
  EncodedTouchpoint again;
  EncodeTouchpoint(touchpoint, ids, received, &strings, &again);
  CanonicalTouchpoint twice;
  std::vector<uint32_t> ids_twice;
  Check(DecodeTouchpoint(again.open, again.personal, received, strings, &twice, &ids_twice).ok());
  Check(ids == ids_twice && touchpoint.time == twice.time && touchpoint.end == twice.end);
  Check(DigestContent(touchpoint) == DigestContent(twice));
}

}  // namespace
}  // namespace cxjourney::model

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cxjourney::model::DecodeAndEncode({reinterpret_cast<const char*>(data), size});
  return 0;
}
