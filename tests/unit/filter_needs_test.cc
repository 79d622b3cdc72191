// Fields that are said to do without the sections of a record do.
#include "filter/needs.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/random.h"
#include "tests/unit/record_builder.h"

namespace baleen::filter {
namespace {

std::vector<std::string> texts_of(const Field& field, const record::FlowRecord& record) {
    Values values;
    field.read({record, "eth0"}, values);
    std::vector<std::string> out;
    for (const Value& value : values)
        out.push_back(std::to_string(value.number) + std::string(value.text) +
                      std::string(value.address.begin(), value.address.end()));
    return out;
}

TEST(FilterNeeds, FixedFieldsDoNotLookAtSections) {
    test::Random random;
    size_t fixed = 0;
    for (const Field* field : fields()) fixed += needs_sections(*field) ? 0 : 1;
    EXPECT_EQ(fixed, 55u) << "each name of the list is one";
    for (int i = 0; i < 300; i++) {
        const record::FlowRecord record = test::random_record(random);
        record::FlowRecord scrambled = record;
        auto* bytes = reinterpret_cast<uint8_t*>(&scrambled);
        for (size_t at = record::fixed_record_bytes; at < sizeof scrambled; at++)
            bytes[at] = static_cast<uint8_t>(random.below(256));
        for (const Field* field : fields()) {
            if (needs_sections(*field)) continue;
            ASSERT_EQ(texts_of(*field, record), texts_of(*field, scrambled)) << field->name;
        }
    }
}

TEST(FilterNeeds, AFilterNeedsWhatOneOfItsFieldsDoes) {
    const auto needs = [](std::string_view text) {
        return needs_sections(std::get<0>(Filter::parse(text)));
    };
    EXPECT_FALSE(needs(""));
    EXPECT_FALSE(needs("ip.addr == 10.0.0.0/8 && (tcp.port == 443 || !(flow.bytes > 10))"));
    EXPECT_TRUE(needs("ip.addr == 10.0.0.0/8 && (tcp.port == 443 || !tcp.rtt)"));
    EXPECT_TRUE(needs("tls.sni"));
    EXPECT_TRUE(needs("rule.id == 1"));
    EXPECT_TRUE(needs("tunnel"));
}

}  // namespace
}  // namespace baleen::filter
