// Recording touchpoints, as structs and as encoded bytes.
#include "base/status_macros.h"
#include "capi/arguments.h"
#include "capi/encoded.h"
#include "capi/tracker.h"

using namespace cxjourney::capi;  // The C functions live in no namespace.
using cxjourney::Receipt;
using cxjourney::RecordOptions;
using cxjourney::Status;
using cxjourney::Touchpoint;

void cxj_receipts_free(const cxj_receipts* receipts) {
  Free<cxj_receipts, std::vector<Receipt>>(receipts);
}

cxj_code cxj_record(cxj_tracker* tracker, const cxj_touchpoint* touchpoints, size_t count,
                    const cxj_record_options* options, const cxj_receipts** receipts,
                    cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_ASSIGN_OR_RETURN(RecordOptions how, ReadRecordOptions(options));
    CXJ_ASSIGN_OR_RETURN(std::vector<Touchpoint> read, ReadTouchpoints(touchpoints, count));
    CXJ_ASSIGN_OR_RETURN(std::vector<Receipt> answer, tracker->tracker->RecordAll(read, how));
    if (receipts != nullptr) Give(std::move(answer), receipts, Filler());
    return Status();
  });
}

void cxj_bytes_free(const cxj_bytes* bytes) { Free<cxj_bytes, std::string>(bytes); }

cxj_code cxj_record_encoded(cxj_tracker* tracker, cxj_format format, cxj_str batch,
                            const cxj_record_options* options, const cxj_bytes** receipts,
                            cxj_error** error) {
  return Guard(error, [&]() -> Status {
    CXJ_RETURN_IF_ERROR(NotNull(tracker, "tracker"));
    CXJ_ASSIGN_OR_RETURN(RecordOptions how, ReadRecordOptions(options));
    CXJ_ASSIGN_OR_RETURN(std::string_view bytes, ReadView(batch, "batch"));
    CXJ_ASSIGN_OR_RETURN(std::vector<DecodedTouchpoint> read, DecodeBatch(format, bytes));
    CXJ_ASSIGN_OR_RETURN(std::vector<Receipt> answer,
                         RecordDecoded(tracker->tracker.get(), std::move(read), how));
    if (receipts == nullptr) return Status();
    Give(EncodeReceipts(format, answer), receipts,
         [](const std::string& encoded, Arena&, cxj_bytes* out) { out->bytes = View(encoded); });
    return Status();
  });
}
