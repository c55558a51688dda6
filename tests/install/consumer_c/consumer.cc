// The same from C++ over the C ABI.
#include <cstdio>
#include <cxjourney/cabi.hpp>

int main(int argc, char** argv) {
  namespace cabi = cxjourney::cabi;
  if (argc != 2) return 2;
  auto tracker = cabi::Tracker::Open(argv[1]);
  if (!tracker) {
    std::fprintf(stderr, "%s\n", tracker.error().message().c_str());
    return 1;
  }
  cxj_identifier caller = cabi::MakeIdentifier("phone", "0532 111 22 33");
  for (const char* id : {"c-1", "c-2"}) {
    cxj_touchpoint call = CXJ_TOUCHPOINT_INIT;
    call.source = cabi::Borrow("callcentre");
    call.id = cabi::Borrow(id);
    call.channel = CXJ_CHANNEL_PHONE;
    call.purpose = CXJ_PURPOSE_COMPLAINT;
    call.identifiers = &caller;
    call.identifier_count = 1;
    auto receipts = tracker->Record(&call, 1);
    if (!receipts) return 1;
  }
  auto context = tracker->GetContext(caller);
  auto nobody = tracker->Resolve(cabi::MakeIdentifier("email", "nobody@example.com"));
  if (!context || nobody || nobody.error().code() != CXJ_NOT_FOUND) return 1;
  std::printf("cxjourney through cabi.hpp: %llu contacts\n",
              static_cast<unsigned long long>((*context)->contacts));
  return (*context)->contacts == 2 && tracker->Close() ? 0 : 1;
}
