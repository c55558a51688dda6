// The smallest useful program: two calls of one customer, the second a repeat of the first.
#include <cxjourney/tracker.h>

#include <cstdio>

int main() {
  auto tracker = cxjourney::Tracker::Open("quickstart.db");
  if (!tracker.ok()) return std::printf("%s\n", tracker.status().ToString().c_str()), 1;

  cxjourney::Touchpoint call;
  call.source = "callcentre";
  call.channel = cxjourney::Channel::kPhone;
  call.purpose = cxjourney::Purpose::kComplaint;
  call.identifiers = {{"phone", "0532 111 22 33"}, {"customer_id", "K-1042"}};
  for (const char* id : {"c-1001", "c-1002"}) {
    call.id = id;
    const auto receipt = (*tracker)->Record(call);
    if (!receipt.ok()) return std::printf("%s\n", receipt.status().ToString().c_str()), 1;
    const auto& prior = receipt->verdict()->repeat_of;
    std::printf("%s: %s\n", id, prior ? ("repeat of " + prior->id).c_str() : "first contact");
  }
  const auto context = (*tracker)->GetContext({"phone", "+905321112233"});
  if (context.ok()) std::printf("contacts in 7 days: %u\n", unsigned(context->contacts_7d));
  return (*tracker)->Close().ok() ? 0 : 1;
}
