// BER as far as it is read (X.690): lengths, integers, object identifiers, and what is refused.
#include "dataplane/protocol/ber.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace baleen::protocol::ber {
namespace {

using Buffer = std::vector<uint8_t>;

TEST(BerReader, ReadsValuesThatFollowEachOther) {
    const Buffer bytes = {0x02, 0x01, 0x05, 0x04, 0x81, 0x02, 'a', 'b', 0x05, 0x00};
    Reader reader(bytes);
    EXPECT_EQ(reader.next_integer(), 5);
    EXPECT_EQ(reader.next(octet_string).size(), 2u);
    EXPECT_EQ(reader.next().tag, 0x05);
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.at_end());
}

TEST(BerReader, ReadsIntegersOfUpToEightBytesWithTheirSign) {
    EXPECT_EQ(Reader(Buffer{2, 1, 0x80}).next_integer(), -128);
    EXPECT_EQ(Reader(Buffer{2, 2, 0x00, 0x80}).next_integer(), 128);
    EXPECT_EQ(Reader(Buffer{2, 8, 0x80, 0, 0, 0, 0, 0, 0, 0}).next_integer(), INT64_MIN);
    const Buffer nine = {2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    Reader reader(nine);
    EXPECT_EQ(reader.next_integer(), 0);
    EXPECT_FALSE(reader.ok());
}

TEST(BerReader, RefusesWhatItCannotRead) {
    const Buffer wrong[] = {
        {},                                    // nothing
        {0x04},                                // no length
        {0x04, 0x02, 'a'},                     // beyond the end
        {0x30, 0x80, 0x05, 0x00, 0x00, 0x00},  // a length that is not written down
        {0x04, 0x85, 0, 0, 0, 0, 0},           // a length of five bytes
        {0x1f, 0x81, 0x01, 0x00},              // a tag of several bytes
        {0x04, 0x84, 0xff, 0xff, 0xff, 0xff},  // 4 GiB
    };
    for (const Buffer& bytes : wrong) {
        Reader reader(bytes);
        EXPECT_TRUE(reader.next().content.empty());
        EXPECT_FALSE(reader.ok());
    }
}

TEST(BerReader, RefusesAValueOfAnotherKind) {
    const Buffer bytes = {0x04, 0x01, 'a'};
    Reader reader(bytes);
    EXPECT_TRUE(reader.next(oid).empty());
    EXPECT_FALSE(reader.ok());
}

TEST(BerExtent, KnowsHowMuchAValueTakes) {
    EXPECT_EQ(extent_of(Buffer{0x30, 0x03}).bytes, 5u);
    EXPECT_EQ(extent_of(Buffer{0x30, 0x82, 0x01, 0x00}).bytes, 260u);
    EXPECT_EQ(extent_of(Buffer{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}).bytes,
              uint64_t{6} + 0xffffffffu);
    EXPECT_EQ(extent_of(Buffer{0x30, 0x82, 0x01}).bytes, 0u);
    EXPECT_FALSE(extent_of(Buffer{0x30, 0x82, 0x01}).is_wrong);
    EXPECT_TRUE(extent_of(Buffer{0x30, 0x80}).is_wrong);
}

std::string oid_of(const Buffer& content) { return std::string(OidText(content).view()); }

TEST(BerOid, WritesNumbersWithDots) {
    EXPECT_EQ(oid_of({0x2b, 6, 1, 2, 1}), "1.3.6.1.2.1");
    EXPECT_EQ(oid_of({0x55, 4, 3}), "2.5.4.3");
    EXPECT_EQ(oid_of({0x88, 0x37, 3}), "2.999.3");
    EXPECT_EQ(oid_of({0x2a, 0x8f, 0xff, 0xff, 0xff, 0x7f}), "1.2.4294967295");
}

TEST(BerOid, IsEmptyWhereItIsWrong) {
    EXPECT_EQ(oid_of({}), "");
    EXPECT_EQ(oid_of({0x2b, 0x86}), "");                          // does not end
    EXPECT_EQ(oid_of({0x2a, 0x80}), "");                          // nor does this
    EXPECT_EQ(oid_of({0x2a, 0x90, 0x80, 0x80, 0x80, 0x00}), "");  // 2^32
}

TEST(BerOid, HasUpTo128Numbers) {
    EXPECT_EQ(oid_of(Buffer(127, 1)).size(), 128u + 127u);
    EXPECT_EQ(oid_of(Buffer(128, 1)), "");
    Buffer longest(1, 0x2b);
    for (int i = 0; i < 126; i++) longest.insert(longest.end(), {0x8f, 0xff, 0xff, 0xff, 0x7f});
    EXPECT_EQ(oid_of(longest).size(), 3u + 126u * 11u);
}

}  // namespace
}  // namespace baleen::protocol::ber
