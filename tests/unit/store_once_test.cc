// A frame delivered twice is stored once: after crashes, after commits that fail, and where only
// some of the slices of a batch have been committed.
#include <gtest/gtest.h>

#include <numeric>
#include <optional>

#include "control/store/slice.h"
#include "control/store/store.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/store_reader.h"
#include "tests/unit/temp_folder.h"

namespace baleen::store {
namespace {

using test::second_ns;
using test::start_ns;

class StoreOnce : public test::OwnStore {
protected:
    StoreOnce() : OwnStore(10 * second_ns) {}

    // Flow `id` of slice `slice`.
    static record::FlowRecord flow(uint64_t id, int64_t slice) {
        return test::RecordBuilder().id(id).starts(start_ns + slice * 10 * second_ns);
    }
    void insert(const Origin& origin, const record::FlowRecord& record) {
        const auto status = store_->insert(origin, record);
        ASSERT_TRUE(status) << status.error().message;
    }
    std::vector<uint64_t> stored() const {
        auto ids = test::flow_ids(directory(), test::query_of(filter::Kind::flow));
        std::ranges::sort(ids);
        return ids;
    }
};

using Ids = std::vector<uint64_t>;

TEST_F(StoreOnce, TellsFramesApartByRunAndWorker) {
    insert({run_id, 0, 5}, flow(1, 0));
    insert({run_id, 1, 5}, flow(2, 0));
    insert({run_id, 1, 0}, flow(3, 0));  // it has come before
    store_->set_run(8, 1, "eth0\n");
    insert({8, 0, 0}, flow(4, 0));
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(stored(), (Ids{1, 2, 4}));
}

TEST_F(StoreOnce, SurvivesACrashBetweenTheCommitsOfTwoSlices) {
    for (uint64_t i = 0; i < 4; i++) insert({run_id, 0, i}, flow(i, i % 2));
    ASSERT_TRUE(store_->commit());
    reopen();
    // Four more, of which only the first slice's become durable.
    {
        const auto files = test::slice_files(directory());
        ASSERT_EQ(files.size(), 2u);
        auto first = Slice::open(files[0]);
        auto second = Slice::open(files[1]);
        ASSERT_TRUE(first && second);
        for (uint64_t i = 4; i < 8; i++)
            ASSERT_TRUE((i % 2 == 0 ? first : second)->insert({run_id, 0, i}, flow(i, i % 2)));
        ASSERT_TRUE(first->commit());
    }
    EXPECT_EQ(stored(), (Ids{0, 1, 2, 3, 4, 6}));
    for (uint64_t i = 4; i < 10; i++) insert({run_id, 0, i}, flow(i, i % 2));
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(stored(), (Ids{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(StoreOnce, SurvivesACommitThatOneSliceRefuses) {
    for (uint64_t i = 0; i < 2; i++) insert({run_id, 0, i}, flow(i, static_cast<int64_t>(i)));
    ASSERT_TRUE(store_->commit());
    const std::string second = test::slice_files(directory()).at(1);
    test::execute(second,
                  "CREATE TRIGGER refuse BEFORE INSERT ON delivered BEGIN "
                  "SELECT RAISE(ABORT, 'full'); END");
    const auto deliver = [&] {
        for (uint64_t i = 2; i < 6; i++) insert({run_id, 0, i}, flow(i, i % 2));
        return static_cast<bool>(store_->commit());
    };
    EXPECT_FALSE(deliver());
    store_->roll_back();
    EXPECT_EQ(stored(), (Ids{0, 1, 2, 4})) << "the first slice's stay";
    test::execute(second, "DROP TRIGGER refuse");
    EXPECT_TRUE(deliver());
    EXPECT_EQ(stored(), (Ids{0, 1, 2, 3, 4, 5}));
}

TEST_F(StoreOnce, ForgetsWithARollBackWhatItHad) {
    auto slice = Slice::open(folder_.path("store/" + slice_file_name(0)));
    ASSERT_TRUE(slice);
    ASSERT_TRUE(slice->insert({run_id, 0, 0}, flow(1, 0)));
    slice->roll_back();
    ASSERT_TRUE(slice->insert({run_id, 0, 0}, flow(1, 0)));
    ASSERT_TRUE(slice->commit());
    EXPECT_EQ(stored(), Ids{1});
}

// Two workers' frames into more slices than stay open, so that some are committed before others;
// delivered again from what was last committed, whatever happens.
TEST_F(StoreOnce, SurvivesWhateverHappens) {
    constexpr uint64_t frames = 60;  // of each worker
    test::Random random;
    std::array<std::vector<record::FlowRecord>, 2> sent;
    for (uint64_t i = 0; i < 2 * frames; i++)
        sent[i % 2].push_back(flow(i, static_cast<int64_t>(random.below(12))));
    std::array<uint64_t, 2> released{};
    while (released[0] < frames || released[1] < frames) {
        std::array<uint64_t, 2> at = released;
        for (uint64_t i = random.below(30); i > 0; i--) {
            const auto worker = static_cast<uint32_t>(random.below(2));
            if (at[worker] == frames) continue;
            insert({run_id, worker, 3 * at[worker]}, sent[worker][at[worker]]);
            at[worker]++;
        }
        switch (random.below(4)) {
            case 0: store_->roll_back(); break;
            case 1: reopen(); break;
            // A crash between commit and release.
            case 2: ASSERT_TRUE(store_->commit()); break;
            default: ASSERT_TRUE(store_->commit()); released = at;
        }
        if (random.one_in(3)) {
            ASSERT_TRUE(store_->commit());
            store_->seal_idle();
        }
    }
    Ids all(2 * frames);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(stored(), all);
}

}  // namespace
}  // namespace baleen::store
