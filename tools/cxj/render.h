// Parts of the library's answers as JSON and as cells.
#pragma once

#include <string>

#include "cxj/program.h"

namespace cxjourney::cli {

Json JsonOf(const Ratio& ratio);  // {"numerator", "denominator", "value": number or null}
Json JsonOf(const Measures& measures);
Json JsonOf(const Policy& policy);
Json JsonOf(const Contact& contact, const Masker& masker);
Json JsonOf(const Episode& episode, const Masker& masker);
Json JsonOf(const OpenEpisode& episode, const Masker& masker);
Json JsonOf(const Touchpoint& touchpoint, const Masker& masker);  // The exchange format.
Json JsonOf(const Link& link, const Masker& masker);
Json JsonOf(const Notice& notice, const Masker& masker);
Json JsonOf(const Score& score);

std::string PercentText(const Ratio& ratio);  // "37.5 %", or "–" without a denominator.
std::string RatioText(const Ratio& ratio);    // "3 of 8 (37.5 %)".
std::string TopicsText(const std::vector<std::string>& topics);
std::string ScoreText(const Score& score);
const char* NoticeName(NoticeType type);
const char* VetoName(VetoRule rule);

// Learns the identifiers of a customer, each customer once; for lists over many customers.
class CustomerMasks {
 public:
  CustomerMasks(const Tracker& tracker, bool show) : tracker_(tracker), show_(show) {}
  const Masker& Of(CustomerId customer);

 private:
  const Tracker& tracker_;
  bool show_;
  CustomerId current_ = CustomerId::kNone;
  Masker masker_{true};
  bool any_ = false;
};

}  // namespace cxjourney::cli
