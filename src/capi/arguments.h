// Structs of the C API as the C++ API's: sizes, presence, lists and numbers are checked here, once.
#pragma once

#include <vector>

#include "capi/handles.h"

namespace cxjourney::capi {

// The text itself, which the caller lends. kInvalidArgument: it is NULL but has a size.
Result<std::string_view> ReadView(cxj_str text, const char* name);
Result<Identifier> ReadIdentifier(const cxj_identifier* in, const char* name);
Result<std::vector<Identifier>> ReadIdentifiers(const cxj_identifier* in, size_t count);
Result<TouchpointKey> ReadKey(const cxj_key* in, const char* name);
// `touchpoints` is an array whose elements all have the first one's struct_size.
Result<std::vector<Touchpoint>> ReadTouchpoints(const cxj_touchpoint* touchpoints, size_t count);
Result<RecordOptions> ReadRecordOptions(const cxj_record_options* in);
Result<Assertion> ReadAssertion(const cxj_assertion* in);
Result<IdentityRules> ReadRules(const cxj_identity_rules* in);
Result<Policy> ReadPolicy(const cxj_policy* in);
Result<HistoryQuery> ReadHistoryQuery(const cxj_history_query* in);
Result<ScanQuery> ReadScanQuery(const cxj_history_query* in);
Result<RepeatQuery> ReadRepeatQuery(const cxj_repeat_query* in);
Result<RepeatCheck> ReadRepeatCheck(const cxj_repeat_check* in);
Result<TransitionQuery> ReadTransitionQuery(const cxj_transition_query* in);
Result<FunnelQuery> ReadFunnelQuery(const cxj_funnel_query* in);

// Options with what they point at.
class OpenArguments {
 public:
  Status Read(const cxj_options* in);
  const Options& options() const { return options_; }

 private:
  // Asks the caller's function, or gives the caller's key.
  struct Keys final : KeyProvider {
    Result<std::array<uint8_t, 32>> StoreKey(const std::array<uint8_t, 16>& store_id) override;
    std::string key;
    cxj_store_key_fn function = nullptr;
    void* user = nullptr;
  };
  Status ReadKeySource(const cxj_options& in);
  Status ReadRulesAndPolicies(const cxj_options& in);

  Options options_;
  Keys keys_;
};

}  // namespace cxjourney::capi
