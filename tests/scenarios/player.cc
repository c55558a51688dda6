#include "tests/scenarios/player.h"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "tests/scenarios/read.h"
#include "tests/scenarios/write.h"

namespace cxjourney::scenario_tests {

Result<std::array<uint8_t, 32>> Player::OneKey::StoreKey(const std::array<uint8_t, 16>& /*id*/) {
  std::array<uint8_t, 32> key{};
  key.fill(1);
  return key;
}

Player::~Player() {
  tracker_.reset();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

void Player::Open() {
  if (tracker_ != nullptr) return;
  if (!options_given_) options_.in_memory = true;
  options_.clock = &clock_;
  options_.key_provider = &key_;
  if (!options_.in_memory && folder_.empty()) {
    folder_ = (std::filesystem::temp_directory_path() / "cxj-scenario-XXXXXX").string();
    if (::mkdtemp(folder_.data()) == nullptr) throw Mistake("no temporary folder");
  }
  Result<std::unique_ptr<Tracker>> opened = Tracker::Open(folder_ + "/store", options_);
  if (!opened.ok()) throw Mistake(opened.status().ToString());
  tracker_ = *std::move(opened);
}

template <class T>
void Player::Answer(const Result<T>& result) {
  failure_ = result.status();
  awaited_ = !result.ok();
  answer_ = result.ok() ? ToJson(*result) : Json();
}

void Player::Play(const std::string& verb, const std::string& argument) {
  if (verb == "at") return clock_.Set(TimeFromText(argument));
  if (verb == "error") return ExpectError(argument);
  if (awaited_) throw Mistake("the call before failed with " + failure_.ToString());
  const Json json = Json::parse(argument);
  if (verb == "expect") return Expect(json);
  if (verb == "open") {
    if (tracker_ != nullptr) throw Mistake("open must be the first directive");
    options_ = ReadOptions(json);
    options_given_ = true;
    return Open();
  }
  Open();
  Call(verb, Named(json, names_));
}

void Player::Expect(const Json& expected) {
  if (!expected.is_object()) throw Mistake("expect needs an object");
  const std::string difference = Difference(expected, answer_, names_);
  if (!difference.empty()) throw Mistake(difference);
}

void Player::ExpectError(const std::string& code) {
  const std::string got = Word(failure_.code());
  if (got != code) throw Mistake("the call ended with " + got + ", expected " + code);
  if (code == "OK") throw Mistake("OK is no error");
  awaited_ = false;
}

void Player::Call(const std::string& verb, const Json& argument) {
  answer_ = Json::object();
  failure_ = Status();
  if (!CallWriter(verb, argument) && !CallReader(verb, argument)) {
    throw Mistake("no such verb: " + verb);
  }
}

void Player::RecordAll(const Json& argument) {
  Fields fields(argument);
  RecordOptions options;
  std::vector<Touchpoint> touchpoints;
  for (const Json& json : fields.Take("touchpoints")) touchpoints.push_back(ReadTouchpoint(json));
  fields.Flag("all_or_nothing", options.all_or_nothing);
  fields.Done();
  failure_ = tracker_->RecordAllInto(touchpoints, &receipts_, options);
  awaited_ = !failure_.ok();
  if (!failure_.ok()) return;
  Json list = Json::array();
  for (const Receipt& receipt : receipts_) list.push_back(ToJson(receipt));
  Answer(Json{{"receipts", list}});
}

void Player::Reopen() {
  if (options_.in_memory) throw Mistake("reopen needs a store in a folder");
  const Status closed = tracker_->Close();
  if (!closed.ok()) throw Mistake(closed.ToString());
  tracker_.reset();
  Open();
}

bool Player::CallWriter(const std::string& verb, const Json& argument) {
  if (verb == "record") {
    RecordAll({{"touchpoints", Json::array({argument})}});
    if (failure_.ok()) answer_ = Json(answer_["receipts"][0]);
    return true;
  }
  if (verb == "record_all") return RecordAll(argument), true;
  if (verb == "reopen") return Reopen(), true;
  if (verb != "link" && verb != "unlink" && verb != "block" && verb != "unblock" &&
      verb != "retract") {
    return false;
  }
  Fields fields(argument);
  if (verb == "link") {
    const std::vector<Identifier> identifiers = ReadIdentifiers(fields.Take("identifiers"));
    Answer(tracker_->MustLink(identifiers, ReadAssertion(fields)));
  } else if (verb == "unlink") {
    const Identifier a = ReadIdentifier(fields.Take("a"));
    const Identifier b = ReadIdentifier(fields.Take("b"));
    Answer(tracker_->Unlink(a, b, ReadAssertion(fields)));
  } else if (verb == "retract" && fields.Has("key")) {
    const TouchpointKey key = ReadKey(fields.Take("key"));
    Answer(tracker_->Retract(key, ReadAssertion(fields)));
  } else if (verb == "retract") {
    const auto id = AssertionId(fields.Take("assertion").get<uint64_t>());
    Answer(tracker_->Retract(id, ReadAssertion(fields)));
  } else {
    const Identifier identifier = ReadIdentifier(fields.Take("identifier"));
    const Assertion assertion = ReadAssertion(fields);
    Answer(verb == "block" ? tracker_->Block(identifier, assertion)
                           : tracker_->Unblock(identifier, assertion));
  }
  return true;
}

// All pages of a scan, as the journey of nobody in particular.
Result<Journey> Player::Scan(const HistoryQuery& asked) const {
  ScanQuery query;
  query.from = asked.from;
  query.until = asked.until;
  query.limit = asked.limit;
  Journey all;
  do {
    Result<ScanPage> page = tracker_->Scan(query);
    if (!page.ok()) return page.status();
    for (ScannedTouchpoint& scanned : page->touchpoints) {
      all.touchpoints.push_back(std::move(scanned.touchpoint));
    }
    query.after = page->next;
  } while (query.after != 0);
  return all;
}

bool Player::CallReader(const std::string& verb, const Json& argument) {
  Fields fields(argument);
  if (verb == "resolve") {
    const Result<CustomerId> id = tracker_->Resolve(ReadIdentifier(fields.Take("identifier")));
    failure_ = id.status();
    awaited_ = !id.ok();
    if (id.ok()) Answer(Json{{"customer", static_cast<uint64_t>(*id)}});
  } else if (verb == "customer") {
    Answer(tracker_->GetCustomer(CustomerId(fields.Take("id").get<uint64_t>())));
  } else if (verb == "history" && fields.Has("customer")) {
    const auto customer = CustomerId(fields.Take("customer").get<uint64_t>());
    Answer(tracker_->History(customer, ReadHistoryQuery(fields)));
  } else if (verb == "history") {
    const Identifier identifier = ReadIdentifier(fields.Take("identifier"));
    Answer(tracker_->History(identifier, ReadHistoryQuery(fields)));
  } else if (verb == "scan") {
    Answer(Scan(ReadHistoryQuery(fields)));
  } else if (verb == "context") {
    const Identifier identifier = ReadIdentifier(fields.Take("identifier"));
    Timestamp now = clock_.Now();
    fields.Time("now", now);
    Answer(tracker_->GetContext(identifier, now));
  } else if (verb == "why") {
    Answer(tracker_->Why(ReadIdentifier(fields.Take("a")), ReadIdentifier(fields.Take("b"))));
  } else if (verb == "repeats") {
    Answer(tracker_->Repeats(ReadRepeatQuery(argument)));
  } else if (verb == "stats") {
    Answer(ToJson(*tracker_->GetStats()));
  } else if (verb == "verify") {
    Answer(tracker_->Verify());
  } else {
    return false;
  }
  return true;
}

void Player::End() {
  if (awaited_) throw Mistake("the last call failed with " + failure_.ToString());
  if (tracker_ == nullptr) throw Mistake("nothing was called");
  Call("verify", Json::object());
  Expect({{"problems", Json::array()}});
}

}  // namespace cxjourney::scenario_tests
