// Numbers by hash, against the standard's map, with hashes that often collide.
#include "base/id_table.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/random.h"

namespace baleen::base {
namespace {

TEST(IdTable, FindsWhatIsThereAndNothingElse) {
    test::Random random;
    IdTable table;
    std::map<uint32_t, uint32_t> hash_of;  // by id
    for (int i = 0; i < 20'000; i++) {
        const auto id = static_cast<uint32_t>(random.below(500));
        const auto known = hash_of.find(id);
        if (known != hash_of.end() && random.one_in(2)) {
            table.erase(known->second, id);
            hash_of.erase(known);
        } else if (known == hash_of.end()) {
            const auto hash = static_cast<uint32_t>(random.below(300) * 7);
            table.insert(hash, id);
            hash_of[id] = hash;
        }
        ASSERT_EQ(table.size(), hash_of.size());
        const auto wanted = static_cast<uint32_t>(random.below(500));
        const auto there = hash_of.find(wanted);
        const uint32_t hash = there != hash_of.end() ? there->second : 7;
        const auto found = table.find(hash, [&](uint32_t other) { return other == wanted; });
        ASSERT_EQ(found, there != hash_of.end() ? wanted : IdTable::none);
    }
}

}  // namespace
}  // namespace baleen::base
