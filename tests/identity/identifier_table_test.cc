// Identifiers are found by a keyed hash and told apart by value; their ids depend on the key.
#include "identity/identifier_table.h"

#include <gtest/gtest.h>

#include <set>

namespace cxjourney::identity {
namespace {

store::Secret Root(uint8_t byte) {
  store::Secret root{};
  root.fill(byte);
  return root;
}

TEST(IdentifierTableTest, FindsWhatWasAddedAndNothingElse) {
  IdentifierTable table;
  table.SetKeys(Root(1), 0);
  EXPECT_EQ(table.Find("email", "a@b.com"), kNoIdentifier);
  IdentifierNo email = table.Add("email", "a@b.com", 4, Reason::kNone, nullptr);
  IdentifierNo login = table.Add("login_id", "a@b.com", 2, Reason::kBlockedValue, nullptr);
  EXPECT_EQ(table.Find("email", "a@b.com"), email);
  EXPECT_EQ(table.Find("login_id", "a@b.com"), login);
  EXPECT_EQ(table.Find("email", "a@b.co"), kNoIdentifier);
  EXPECT_EQ(table.Find("phone", "a@b.com"), kNoIdentifier);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table[email].name_space_name, "email");
  EXPECT_EQ(table[email].value, "a@b.com");
  EXPECT_EQ(table[email].name_space, 4);
  EXPECT_TRUE(table[email].may_be_evidence());
  EXPECT_FALSE(table[login].may_be_evidence());
  table.at(email).blocked = true;
  EXPECT_FALSE(table[email].may_be_evidence());
}

TEST(IdentifierTableTest, ValuesMayHoldAnyByte) {
  IdentifierTable table;
  table.SetKeys(Root(1), 0);
  using namespace std::string_view_literals;
  IdentifierNo with_zero = table.Add("x", "a\0b"sv, 0, Reason::kNone, nullptr);
  IdentifierNo plain = table.Add("x", "a", 0, Reason::kNone, nullptr);
  IdentifierNo empty = table.Add("x", "", 0, Reason::kNone, nullptr);
  EXPECT_EQ(table.Find("x", "a\0b"sv), with_zero);
  EXPECT_EQ(table.Find("x", "a"), plain);
  EXPECT_EQ(table.Find("x", ""), empty);
}

TEST(IdentifierTableTest, IdsFollowTheKeyTheTenantAndTheNamespace) {
  const auto id_of = [](uint8_t key, uint32_t tenant, std::string_view name_space) {
    IdentifierTable table;
    table.SetKeys(Root(key), tenant);
    return table[table.Add(name_space, "v", 0, Reason::kNone, nullptr)].id;
  };
  EXPECT_EQ(id_of(1, 0, "email"), id_of(1, 0, "email"));
  std::set<CustomerId> distinct{id_of(1, 0, "email"), id_of(2, 0, "email"), id_of(1, 1, "email"),
                                id_of(1, 0, "phone")};
  EXPECT_EQ(distinct.size(), 4u);
  EXPECT_FALSE(distinct.contains(CustomerId::kNone));
}

TEST(IdentifierTableTest, IdsLeadBackToTheirIdentifier) {
  IdentifierTable table;
  table.SetKeys(Root(1), 0);
  std::set<CustomerId> ids;
  for (int i = 0; i < 5000; ++i) {
    IdentifierNo no = table.Add("x", std::to_string(i), 0, Reason::kNone, nullptr);
    ids.insert(table[no].id);
    EXPECT_EQ(table.FindById(table[no].id), no);
  }
  EXPECT_EQ(ids.size(), 5000u);
  EXPECT_EQ(table.FindById(CustomerId::kNone), kNoIdentifier);
}

TEST(IdentifierTableTest, SecretsAreKeptOrFresh) {
  IdentifierTable table;
  table.SetKeys(Root(1), 0);
  store::Secret secret = Root(9);
  IdentifierNo given = table.Add("x", "1", 0, Reason::kNone, &secret);
  IdentifierNo fresh = table.Add("x", "2", 0, Reason::kNone, nullptr);
  IdentifierNo other = table.Add("x", "3", 0, Reason::kNone, nullptr);
  EXPECT_EQ(table[given].secret, secret);
  EXPECT_NE(table[fresh].secret, table[other].secret);
  EXPECT_NE(table[fresh].secret, store::Secret{});
}

}  // namespace
}  // namespace cxjourney::identity
