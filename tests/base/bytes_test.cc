#include "base/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cxjourney::base {
namespace {

// Around every length that a varint can have.
std::vector<uint64_t> Values() {
  std::vector<uint64_t> values = {0, UINT64_MAX};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    values.insert(values.end(), {power - 1, power, power + 1, power | 0x5555555555555555 % power});
  }
  return values;
}

TEST(BytesTest, VarintsComeBackWhateverFollows) {
  for (uint64_t value : Values()) {
    std::string bytes;
    Writer(&bytes).Varint(value);
    for (char following : {'\0', '\x7f', '\xff'}) {
      for (size_t count = 0; count < 12; ++count) {
        const std::string text = bytes + std::string(count, following);
        Reader reader(text);
        ASSERT_EQ(reader.Varint(), value) << count;
        ASSERT_TRUE(reader.ok());
        ASSERT_EQ(reader.remaining(), count);
        Reader skipping(text);
        ASSERT_EQ(skipping.SkipVarint(), value & 0x7f);
        ASSERT_TRUE(skipping.ok());
        ASSERT_EQ(skipping.remaining(), count);
      }
    }
  }
}

TEST(BytesTest, VarintsThatEndTooEarlyOrNeverFail) {
  for (uint64_t value : Values()) {
    std::string bytes;
    Writer(&bytes).Varint(value);
    bytes.pop_back();
    Reader reader(bytes);
    EXPECT_EQ(reader.Varint(), 0u);
    EXPECT_FALSE(reader.ok());
    EXPECT_TRUE(reader.AtEnd());
    EXPECT_EQ(reader.Byte(), 0u);
    Reader skipping(bytes);
    EXPECT_EQ(skipping.SkipVarint(), 0u);
    EXPECT_FALSE(skipping.ok());
  }
  const std::string endless(20, '\xff');
  Reader reader(endless);
  EXPECT_EQ(reader.Varint(), 0u);
  EXPECT_FALSE(reader.ok());
  const std::string too_large = std::string(9, '\xff') + '\x02';
  Reader of_65_bits(too_large);
  EXPECT_EQ(of_65_bits.Varint(), 0u);
  EXPECT_FALSE(of_65_bits.ok());
}

}  // namespace
}  // namespace cxjourney::base
