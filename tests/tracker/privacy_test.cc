// Nothing personal stands on disk in the clear or under a hash that anybody can compute.
#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>

#include "tests/tracker/shop.h"

namespace cxjourney::tracker_tests {
namespace {

namespace fs = std::filesystem;

constexpr int kTouchpoints = 2000;
constexpr size_t kWindow = 8;

// Finds any of many strings of 8 bytes or more, in one pass.
class Needles {
 public:
  void Add(std::string needle, std::string name) {
    ASSERT_GE(needle.size(), kWindow);
    by_window_[Window(needle.data())].push_back({std::move(needle), std::move(name)});
  }
  // The value itself, and prefixes of its unkeyed hashes in bytes and in hexadecimal digits.
  void AddWithHashes(const std::string& value, const std::string& name) {
    Add(value, name);
    const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
    unsigned char hash[64];
    crypto_hash_sha256(hash, bytes, value.size());
    AddHash(hash, "SHA-256 of " + name);
    crypto_hash_sha512(hash, bytes, value.size());
    AddHash(hash, "SHA-512 of " + name);
    crypto_generichash(hash, 32, bytes, value.size(), nullptr, 0);
    AddHash(hash, "BLAKE2b of " + name);
  }
  std::vector<std::string> FindIn(const std::string& text) const {
    std::vector<std::string> found;
    for (size_t i = 0; i + kWindow <= text.size(); ++i) {
      auto candidates = by_window_.find(Window(text.data() + i));
      if (candidates == by_window_.end()) continue;
      for (const auto& [needle, name] : candidates->second) {
        if (text.compare(i, needle.size(), needle) == 0) found.push_back(name);
      }
    }
    return found;
  }

 private:
  static uint64_t Window(const char* bytes) {
    uint64_t window = 0;
    std::memcpy(&window, bytes, kWindow);
    return window;
  }
  void AddHash(const unsigned char* hash, const std::string& name) {
    Add(std::string(reinterpret_cast<const char*>(hash), kWindow), name);
    std::string digits;
    for (size_t i = 0; i < kWindow; ++i) digits += fmt::format("{:02x}", hash[i]);
    Add(digits, name + " in hexadecimal");
  }

  absl::flat_hash_map<uint64_t, std::vector<std::pair<std::string, std::string>>> by_window_;
};

std::string ReadAll(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string Number(int i) { return fmt::format("532{:07}", 2'000'000 + i * 137); }

// Markers in every field that may hold something personal.
Touchpoint Marked(int i) {
  const std::string mobile = Number(i);
  const std::string mail = fmt::format("marker{:05}@gizli.example.com", i);
  Touchpoint one = Call("", kNoon - minutes(i), {{"phone", "0" + mobile}, {"email", mail}});
  one.id = fmt::format("wa-+90{}-{}", mobile, i);
  one.conversation_id = fmt::format("thread/{}", mail);
  if (i > 0) one.parent_id = fmt::format("call {}", mobile);
  one.refs = {{RefType::kCase, "case-0" + mobile}};
  one.scores = {{ScoreKind::kCsat, 3, 5, "about-" + mobile}};
  one.text = fmt::format("text-marker-{:05} is what I said", i);
  one.attributes = {{"iban", fmt::format("iban-marker-{:05}", i), true, true},
                    {"photo", Bytes{fmt::format("bytes-marker-{:05}", i)}, true, false},
                    {"shelf", fmt::format("shelf-{:05}", i), false, false}};
  one.identifiers.push_back({"user_agent", fmt::format("agent-marker-{:05}", i)});
  one.identifiers.push_back({"customer_id", fmt::format("customer-marker-{:05}", i)});
  one.agent = "an-open-agent-name";
  return one;
}

Needles AllNeedles() {
  Needles needles;
  for (int i = 0; i < kTouchpoints; ++i) {
    const std::string mobile = Number(i);
    needles.AddWithHashes("+90" + mobile, "phone");
    needles.AddWithHashes("90" + mobile, "phone without plus");
    needles.AddWithHashes("0" + mobile, "phone as typed");
    needles.AddWithHashes(mobile, "phone of ten digits");
    needles.AddWithHashes(fmt::format("marker{:05}@gizli.example.com", i), "e-mail");
    needles.AddWithHashes(fmt::format("customer-marker-{:05}", i), "customer id");
    needles.AddWithHashes(fmt::format("agent-marker-{:05}", i), "user agent");
    needles.Add(fmt::format("marker{:05}@", i), "local part of an e-mail");
    needles.Add(fmt::format("text-marker-{:05}", i), "text");
    needles.Add(fmt::format("iban-marker-{:05}", i), "personal attribute");
    needles.Add(fmt::format("bytes-marker-{:05}", i), "personal bytes");
  }
  return needles;
}

std::string AllBytes(const fs::path& folder) {
  std::string bytes;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    bytes += entry.path().filename().string();
    if (entry.is_regular_file()) bytes += ReadAll(entry.path());
  }
  return bytes;
}

class PrivacyTest : public testing::Test, public Shop {
 protected:
  void SetUp() override {
    options.keep_text = true;
    Shop::Open(false);
    std::vector<Touchpoint> batch;
    for (int i = 0; i < kTouchpoints; ++i) batch.push_back(Marked(i));
    auto receipts = tracker->RecordAll(batch);
    ASSERT_TRUE(receipts.ok()) << receipts.status().ToString();
    for (const Receipt& receipt : *receipts) {
      ASSERT_EQ(receipt.outcome, RecordOutcome::kRecorded) << receipt.status.ToString();
    }
    const auto phone = [](int i) { return Identifier{"phone", "+90" + Number(i)}; };
    ASSERT_TRUE(tracker->MustLink({phone(1), {"loyalty_id", "L1"}}).ok());
    ASSERT_TRUE(tracker->Unlink(phone(2), phone(3)).ok());
    ASSERT_TRUE(tracker->Block(phone(4)).ok());
    ASSERT_TRUE(tracker->Retract(TouchpointKey{"crm", Marked(5).id}).ok());
  }
};

TEST_F(PrivacyTest, NoMarkerStandsInAnyFile) {
  // It is all there for who asks with the key.
  Result<Journey> journey = tracker->History({"phone", "0" + Number(7)});
  ASSERT_TRUE(journey.ok());
  EXPECT_EQ(journey->touchpoints.front().id, Marked(7).id);
  EXPECT_EQ(journey->touchpoints.front().text, Marked(7).text);
  EXPECT_EQ(journey->touchpoints.front().conversation_id, Marked(7).conversation_id);
  const Needles needles = AllNeedles();
  std::string open_bytes = AllBytes(folder.Store());
  EXPECT_THAT(needles.FindIn(open_bytes), testing::IsEmpty()) << "while it is open";
  ASSERT_TRUE(tracker->Close().ok());
  tracker.reset();
  std::string bytes = AllBytes(folder.Store());
  EXPECT_GT(bytes.size(), size_t{kTouchpoints} * 200);
  EXPECT_THAT(needles.FindIn(bytes), testing::IsEmpty());
  // In the log what is not personal stands in the clear: the search would have found the rest, too.
  Needles open_fields;
  open_fields.Add("an-open-agent-name", "agent");
  open_fields.Add("shelf-00042", "attribute");
  EXPECT_THAT(open_fields.FindIn(open_bytes), testing::IsSupersetOf({"agent", "attribute"}));
}

TEST_F(PrivacyTest, TheSearchFindsWhatItLooksFor) {
  const Needles needles = AllNeedles();
  const std::string mobile = "+90" + Number(11);
  unsigned char hash[32];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(mobile.data()), mobile.size());
  std::string leak = "xx" + std::string(reinterpret_cast<const char*>(hash), sizeof hash) + "yy";
  EXPECT_THAT(needles.FindIn(leak), testing::ElementsAre("SHA-256 of phone"));
  EXPECT_THAT(needles.FindIn("a " + mobile + " b"), testing::Contains("phone"));
}

TEST_F(PrivacyTest, FilesAndFolderAreForTheOwnerOnly) {
  const auto mode = [](const fs::path& path) {
    struct stat status = {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  };
  EXPECT_EQ(mode(folder.Store()), 0700u);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.Store())) {
    EXPECT_EQ(mode(entry.path()), 0600u) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

TEST(PrivacyOfTextTest, TextIsNotStoredUnlessAsked) {
  Shop shop;
  shop.Open(false);
  Touchpoint call = Call("1", kNoon, {Email("ann")});
  call.text = "text-marker-00000";
  shop.Record(call);
  EXPECT_EQ(shop.tracker->History(Email("ann"))->touchpoints.front().text, std::nullopt);
  // The text was part of what was sent: another one is other content.
  call.text = "text-marker-00001";
  EXPECT_EQ(shop.tracker->Record(call).status().code(), Code::kAlreadyExists);
  // And it stays part of it when texts are kept from now on.
  shop.options.keep_text = true;
  shop.Reopen();
  call.text = "text-marker-00000";
  EXPECT_EQ(shop.Record(call).outcome, RecordOutcome::kDuplicate);
}

}  // namespace
}  // namespace cxjourney::tracker_tests
