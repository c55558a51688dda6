// A program as a user would write it, built against an installed cxjourney: the second call
// about the same thing is recognised as a repeat.
#include <cstdio>
#include <string>

#include "cxjourney/tracker.h"

namespace {

cxjourney::Touchpoint Call(const char* id, const char* phone, std::chrono::hours after) {
  cxjourney::Touchpoint call;
  call.source = "callcentre";
  call.id = id;
  call.event_time = cxjourney::Timestamp(std::chrono::seconds(1735689600)) + after;
  call.channel = cxjourney::Channel::kPhone;
  call.purpose = cxjourney::Purpose::kComplaint;
  call.identifiers = {{"phone", phone}};
  return call;
}

int Fail(const cxjourney::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto tracker = cxjourney::Tracker::Open(argv[1]);
  if (!tracker.ok()) return Fail(tracker.status());
  auto first = (*tracker)->Record(Call("1", "0532 111 22 33", std::chrono::hours(0)));
  if (!first.ok()) return Fail(first.status());
  auto second = (*tracker)->Record(Call("2", "+905321112233", std::chrono::hours(30)));
  if (!second.ok()) return Fail(second.status());
  auto verdict = second->verdict();
  bool repeat = verdict != nullptr && verdict->repeat_of && verdict->repeat_of->id == "1";
  std::printf("repeat=%s\n", repeat ? "yes" : "no");
  cxjourney::Status closed = (*tracker)->Close();
  if (!closed.ok()) return Fail(closed);
  return repeat ? 0 : 1;
}
