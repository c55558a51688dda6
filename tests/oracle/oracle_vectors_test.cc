// The oracle itself against the worked cases: what the engine is compared with must be right.
#include <gtest/gtest.h>

#include "tests/oracle/oracle_subject.h"
#include "tools/cxj_vectors/vectors.h"

namespace cxjourney::oracle {
namespace {

std::string Vectors(const std::string& name) {
  return std::string(CXJ_SOURCE_DIR) + "/tests/vectors/" + name;
}

TEST(OracleVectorsTest, PassesTheContacts) {
  vectors::Tally tally;
  vectors::RunContactFile(Vectors("repeat_contacts.json"), OpenOracleSubject, &tally);
  EXPECT_EQ(tally.passed, 29);
  EXPECT_EQ(tally.failures, vectors::Problems());
}

TEST(OracleVectorsTest, PassesTheContactsOfTheProject) {
  vectors::Tally tally;
  vectors::RunContactFile(Vectors("more_contacts.json"), OpenOracleSubject, &tally);
  EXPECT_EQ(tally.passed, 15);
  EXPECT_EQ(tally.failures, vectors::Problems());
}

// I05 asks for the owner of a value in time, which does not exist yet.
TEST(OracleVectorsTest, PassesTheIdentitiesButTheOwner) {
  vectors::Tally tally;
  vectors::RunIdentityFile(Vectors("identity_partitions.json"), OpenOracleSubject, &tally);
  EXPECT_EQ(tally.passed, 23);
  EXPECT_EQ(tally.failed, 1);
  ASSERT_EQ(tally.failures.size(), 1u);
  EXPECT_EQ(tally.failures[0].find("I05: last_owner_as_of: expected"), 0u) << tally.failures[0];
}

TEST(OracleVectorsTest, UnknownKeysFail) {
  vectors::Tally tally;
  vectors::RunContactFile(Vectors("unknown_contact_keys.json"), OpenOracleSubject, &tally);
  EXPECT_EQ(tally.passed, 1);
  EXPECT_EQ(tally.failed, 6);
  vectors::Tally identity;
  vectors::RunIdentityFile(Vectors("unknown_identity_keys.json"), OpenOracleSubject, &identity);
  EXPECT_EQ(identity.passed, 1);
  EXPECT_EQ(identity.failed, 5);
}

}  // namespace
}  // namespace cxjourney::oracle
