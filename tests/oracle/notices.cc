#include "tests/oracle/notices.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace cxjourney::oracle {

std::vector<Notice> NoticesBetween(const std::string& policy, const Priors& before,
                                   const Priors& after) {
  std::set<ContactId> contacts;
  for (const auto& [contact, entry] : before) contacts.insert(contact);
  for (const auto& [contact, entry] : after) contacts.insert(contact);
  std::vector<Notice> notices;
  for (const ContactId& contact : contacts) {
    const auto old = before.find(contact);
    const auto now = after.find(contact);
    Notice notice;
    notice.policy = policy;
    notice.contact = contact;
    notice.start = now != after.end() ? now->second.start : old->second.start;
    if (old != before.end()) notice.old_prior = old->second.prior;
    if (now != after.end()) notice.prior = now->second.prior;
    if (notice.prior == notice.old_prior) continue;
    notice.type = !notice.old_prior ? NoticeType::kDetected
                  : !notice.prior   ? NoticeType::kRetracted
                                    : NoticeType::kRevised;
    notices.push_back(std::move(notice));
  }
  std::sort(notices.begin(), notices.end(), [](const Notice& a, const Notice& b) {
    return std::tie(a.start, a.contact) < std::tie(b.start, b.contact);
  });
  return notices;
}

}  // namespace cxjourney::oracle
