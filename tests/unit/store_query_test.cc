// Answers of the store, whatever way they are found, against a plain one: all records, filtered,
// sorted, cut.
#include "control/store/query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "control/store/slice_list.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/match_builder.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/store_fill.h"
#include "tests/unit/store_reader.h"

namespace baleen::store {
namespace {

using record::FlowRecord;
using test::Random;
using test::RecordBuilder;

using test::second_ns;
using test::start_ns;
constexpr int64_t span_s = 600;

struct Kept {
    FlowRecord record;
    uint64_t sequence;
};

// What is asked; queries themselves cannot be copied.
struct Question {
    std::string filter;
    const filter::Field* sort = nullptr;
    bool descending = false;
    uint64_t limit = UINT64_MAX;
    int64_t since_ns = 0, until_ns = INT64_MAX;

    Query query(std::string after = {}) const {
        Query out = test::query_of(filter::Kind::flow, filter);
        out.sort = sort;
        out.descending = descending;
        out.limit = limit;
        out.since_ns = since_ns;
        out.until_ns = until_ns;
        out.after = std::move(after);
        return out;
    }
};

class StoreQuery : public test::OwnStore {
protected:
    StoreQuery() : OwnStore(100 * second_ns) {}

    void insert_some(uint64_t count, Random& random) {
        for (uint64_t i = 0; i < count; i++) {
            // The same flow more than once: only the frame tells them apart.
            const uint64_t id = random.below(400);
            kept_.push_back({test::busy_record(random, id, span_s), sequence_++});
            ASSERT_TRUE(store_->insert({run_id, 0, kept_.back().sequence}, kept_.back().record));
        }
        ASSERT_TRUE(store_->commit());
    }

    // Sequence numbers of the answer, by a plain computation.
    std::vector<uint64_t> expected(const Question& question) const {
        const Query query = question.query();
        struct Placed {
            std::vector<uint64_t> key;
            uint64_t sequence;
        };
        std::vector<Placed> placed;
        for (const Kept& kept : kept_) {
            const filter::Subject subject{kept.record, "eth0"};
            if (!query.filter.matches(subject) || kept.record.last_ns < query.since_ns ||
                kept.record.last_ns >= query.until_ns)
                continue;
            placed.push_back({key_of(subject, query), kept.sequence});
        }
        std::ranges::sort(placed, [&](const Placed& a, const Placed& b) {
            if (a.key != b.key) return query.descending ? b.key < a.key : a.key < b.key;
            return a.sequence < b.sequence;
        });
        std::vector<uint64_t> out;
        for (const Placed& each : placed)
            if (out.size() < query.limit) out.push_back(each.sequence);
        return out;
    }
    static std::vector<uint64_t> key_of(const filter::Subject& subject, const Query& query) {
        std::vector<uint64_t> key;
        filter::Values values;
        (query.sort != nullptr ? query.sort : filter::find_field("flow.start"))
            ->read(subject, values);
        std::vector<std::vector<uint64_t>> each;
        for (const filter::Value& value : values) {
            if (value.type == filter::Value::Type::number) each.push_back({value.number});
            else if (value.type == filter::Value::Type::address)
                each.emplace_back(value.address.begin(), value.address.end());
        }
        key.push_back(each.empty() ? 0 : 1);
        if (!each.empty()) {
            const auto& smallest = *std::ranges::min_element(each);
            key.insert(key.end(), smallest.begin(), smallest.end());
        }
        key.push_back(subject.record.flow_id);
        key.push_back(subject.record.part);
        return key;
    }

    // Of whom a record is, by its bytes: tests make no two that are equal but for the sequence.
    std::vector<uint64_t> answer(const Question& question, std::string after = {},
                                 std::string* position = nullptr) {
        std::vector<uint64_t> out;
        auto run = QueryRun::open(directory(), question.query(std::move(after)));
        EXPECT_TRUE(run) << run.error().message;
        if (!run) return out;
        while (const filter::Subject* subject = run->next()) out.push_back(sequence_of(*subject));
        EXPECT_EQ(run->outcome(), Outcome::done);
        EXPECT_TRUE(run->problems().empty()) << run->problems()[0];
        if (position != nullptr) *position = run->position();
        slices_opened_ = run->slices_opened();
        rows_read_ = run->rows_read();
        return out;
    }
    uint64_t sequence_of(const filter::Subject& subject) const {
        const auto found = std::ranges::find_if(kept_, [&](const Kept& kept) {
            return std::memcmp(&kept.record, &subject.record, sizeof kept.record) == 0;
        });
        return found == kept_.end() ? UINT64_MAX : found->sequence;
    }

    Question any_question(Random& random) const {
        static const std::vector<std::string> filters = {"",
                                                         "",
                                                         "tcp",
                                                         "tcp.port == 443",
                                                         "ip.addr == 10.0.1.0/24 && port == 53",
                                                         "flow.bytes > 1500",
                                                         "app_proto == tls",
                                                         "host 10.0.0.3 or host 10.0.1.2",
                                                         "tcp && udp"};
        static const std::vector<const char*> sorts = {
            "flow.start", "flow.bytes", "ip.src", "ip.addr", "port.dst", "flow.end", "tcp.rtt"};
        Question question;
        question.filter = random.pick(filters);
        const auto second = [&] {
            return std::to_string(start_ns / second_ns +
                                  static_cast<int64_t>(random.below(span_s)));
        };
        for (const char* bound : {"flow.start >=", "flow.start <", "flow.end >", "flow.end <="})
            if (random.one_in(4))
                question.filter +=
                    (question.filter.empty() ? "" : " && ") + std::string(bound) + " " + second();
        if (random.one_in(2)) question.sort = filter::find_field(random.pick(sorts));
        question.descending = random.one_in(2);
        if (random.one_in(2)) question.limit = random.below(60);
        if (random.one_in(3))
            question.since_ns = start_ns + static_cast<int64_t>(random.below(span_s)) * second_ns;
        if (random.one_in(3))
            question.until_ns = start_ns + static_cast<int64_t>(random.below(span_s)) * second_ns;
        return question;
    }
    // Some slices have blocks, with or without gaps.
    void fill_blocks(Random& random) {
        for (const std::string& path : test::slice_files(directory()))
            if (!random.one_in(4)) test::fill_blocks(path, random, random.one_in(2));
    }

    std::vector<Kept> kept_;
    uint64_t sequence_ = 0;
    uint64_t slices_opened_ = 0, rows_read_ = 0;
};

std::string text_of(const Question& q) {
    return "'" + q.filter + "' by " + (q.sort == nullptr ? "time" : std::string(q.sort->name)) +
           (q.descending ? " desc" : "") + " limit " + std::to_string(q.limit) + " since " +
           std::to_string(q.since_ns) + " until " + std::to_string(q.until_ns);
}

TEST_F(StoreQuery, AnswersAsAPlainSearchDoes) {
    Random random;
    insert_some(700, random);
    for (int state = 0; state < 4; state++) {
        if (state == 1) fill_blocks(random);
        if (state == 2) {
            store_->close();
            reopen();
        }
        if (state == 3) {  // late ones, in no block
            insert_some(60, random);
        }
        for (int i = 0; i < 60; i++) {
            const Question question = any_question(random);
            ASSERT_EQ(answer(question), expected(question))
                << text_of(question) << " state " << state;
        }
    }
}

TEST_F(StoreQuery, GivesPagesThatMakeUpTheWholeAnswer) {
    Random random;
    insert_some(500, random);
    fill_blocks(random);
    if (random.one_in(2)) store_->close();
    for (int i = 0; i < 25; i++) {
        Question question = any_question(random);
        question.limit = UINT64_MAX;
        const auto whole = expected(question);
        std::vector<uint64_t> pages;
        std::string position;
        do {
            question.limit = random.between(1, 90);
            const auto page = answer(question, position, &position);
            pages.insert(pages.end(), page.begin(), page.end());
            if (page.size() < question.limit) break;
        } while (true);
        ASSERT_EQ(pages, whole) << text_of(question);
    }
}

TEST_F(StoreQuery, GoesOnWhenRecordsHaveComeMeanwhile) {
    Random random;
    insert_some(300, random);
    for (int i = 0; i < 10; i++) {
        Question question = any_question(random);
        question.limit = UINT64_MAX;
        const auto before = expected(question);
        std::vector<uint64_t> pages;
        std::string position;
        do {
            question.limit = random.between(1, 90);
            const auto page = answer(question, position, &position);
            pages.insert(pages.end(), page.begin(), page.end());
            if (page.size() < question.limit) break;
            insert_some(random.below(9), random);
        } while (true);
        // Of those that were there nothing is left out or twice; new ones may be among them.
        std::erase_if(pages, [&](uint64_t sequence) {
            return std::ranges::find(before, sequence) == before.end();
        });
        ASSERT_EQ(pages, before) << text_of(question);
    }
}

TEST_F(StoreQuery, GoesOnWithinOneRunThoughPartsEnd) {
    Random random;
    insert_some(6000, random);
    fill_blocks(random);
    for (const char* text : {"", "tcp"}) {
        for (const bool sealed : {false, true}) {
            if (sealed) {
                store_->close();
                reopen();
            }
            const Question question{.filter = text, .descending = random.one_in(2)};
            ASSERT_EQ(answer(question).size(), expected(question).size())
                << "parts have 4096 at first";
            ASSERT_EQ(answer(question), expected(question));
        }
    }
}

TEST_F(StoreQuery, RefusesPositionsThatAreForeignOrDamaged) {
    Random random;
    insert_some(50, random);
    Question question{.filter = "ip", .limit = 5};
    std::string position;
    answer(question, "", &position);
    const auto refusal = [&](const Question& asked, const std::string& after) {
        const auto run = QueryRun::open(directory(), asked.query(after));
        return run ? std::string() : run.error().message;
    };
    EXPECT_EQ(refusal(question, position), "");
    question.limit = 7;
    EXPECT_EQ(refusal(question, position), "") << "pages may have any size";
    for (size_t i = 1; i < position.size(); i++) {
        std::string damaged = position;
        damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
        ASSERT_NE(refusal(question, damaged), "") << i;
        ASSERT_NE(refusal(question, position.substr(0, i)), "") << i;
    }
    EXPECT_NE(refusal(question, "!"), "");
    Question other = question;
    other.filter = "ip && port == 443";
    EXPECT_NE(refusal(other, position), "");
    other.filter = "ip && port == 444";
    EXPECT_NE(refusal(other, position), "");
    other = question;
    other.descending = true;
    EXPECT_NE(refusal(other, position), "");
    other = question;
    other.sort = filter::find_field("flow.bytes");
    EXPECT_NE(refusal(other, position), "");
    other = question;
    other.until_ns = start_ns;
    EXPECT_NE(refusal(other, position), "");
}

TEST_F(StoreQuery, OpensOnlySlicesThatCanAnswer) {
    settings_.slice_ns = 10 * second_ns;
    reopen();
    for (int64_t i = 0; i < 400; i++) {
        const FlowRecord record =
            RecordBuilder().id(static_cast<uint64_t>(i)).starts(start_ns + i * second_ns);
        kept_.push_back({record, sequence_++});
        ASSERT_TRUE(store_->insert({run_id, 0, kept_.back().sequence}, record));
    }
    ASSERT_TRUE(store_->commit());
    store_->close();
    ASSERT_EQ(test::slice_files(directory()).size(), 40u);
    Question newest{.descending = true, .limit = 15};
    ASSERT_EQ(answer(newest), expected(newest));
    EXPECT_EQ(slices_opened_, 40u) << "their times are looked up once";
    for (const bool descending : {true, false}) {
        newest.descending = descending;
        ASSERT_EQ(answer(newest), expected(newest));
        EXPECT_LE(slices_opened_, 3u);
        EXPECT_LE(rows_read_, 30u);
    }
    const Question bounded{.since_ns = start_ns + 100 * second_ns,
                           .until_ns = start_ns + 110 * second_ns};
    ASSERT_EQ(answer(bounded), expected(bounded));
    EXPECT_LE(slices_opened_, 11u) << "when flows ended in a slice is not known without blocks";
    Random random;
    for (const std::string& path : test::slice_files(directory()))
        test::fill_blocks(path, random, false);
    answer(newest);
    ASSERT_EQ(answer(bounded), expected(bounded));
    EXPECT_EQ(slices_opened_, 1u);
}

TEST_F(StoreQuery, ReadsOnlyBlocksThatCanAnswer) {
    settings_.slice_ns = 1000 * second_ns;
    reopen();
    for (int64_t i = 0; i < 2000; i++) {
        const FlowRecord record =
            RecordBuilder().id(static_cast<uint64_t>(i)).starts(start_ns + i * second_ns / 10);
        kept_.push_back({record, sequence_++});
        ASSERT_TRUE(store_->insert({run_id, 0, kept_.back().sequence}, record));
    }
    ASSERT_TRUE(store_->commit());
    Random random;
    for (const std::string& path : test::slice_files(directory()))
        test::fill_blocks(path, random, false);
    for (const bool descending : {false, true}) {
        const Question few{.filter = "tcp", .descending = descending, .limit = 10};
        ASSERT_EQ(answer(few), expected(few));
        EXPECT_LE(rows_read_, 150u);
    }
    const Question minute{.filter = "tcp",
                          .sort = filter::find_field("flow.bytes"),
                          .since_ns = start_ns + 60 * second_ns,
                          .until_ns = start_ns + 61 * second_ns};
    ASSERT_EQ(answer(minute), expected(minute));
    EXPECT_LE(rows_read_, 90u);
}

TEST_F(StoreQuery, EndsWhenItIsCancelledOrLate) {
    Random random;
    insert_some(2000, random);
    for (const char* sort : {"flow.start", "flow.bytes"}) {
        const Question question{.sort = filter::find_field(sort)};
        std::atomic<bool> cancelled = false;
        auto run = QueryRun::open(directory(), question.query(), {.is_cancelled = &cancelled});
        ASSERT_TRUE(run);
        EXPECT_NE(run->next(), nullptr);
        EXPECT_EQ(run->outcome(), Outcome::running);
        const std::string position = run->position();
        EXPECT_FALSE(position.empty());
        cancelled = true;
        EXPECT_EQ(run->next(), nullptr);
        EXPECT_EQ(run->outcome(), Outcome::cancelled);
        EXPECT_EQ(run->position(), position) << "the rest can be asked for";
        EXPECT_TRUE(run->problems().empty());

        auto late = QueryRun::open(directory(), question.query(),
                                   {.deadline = Cancel::Clock::now() - std::chrono::seconds(1)});
        ASSERT_TRUE(late);
        EXPECT_EQ(late->next(), nullptr);
        EXPECT_EQ(late->outcome(), Outcome::deadline);
        EXPECT_TRUE(late->problems().empty());
    }
}

// Rows that a condition in SQL passes over are nobody's to count.
TEST_F(StoreQuery, EndsSoonThoughSqlitePassesOverEveryRow) {
    Random random;
    insert_some(100, random);
    const std::string path = test::slice_files(directory()).at(0);
    store_.reset();
    // Half a million more rows of the same record, of another run.
    test::execute(path,
                  "INSERT INTO flow WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                  "WHERE i < 500000) SELECT 8, 0, i, first_ns, last_ns, record FROM n, (SELECT * "
                  "FROM flow LIMIT 1)");
    Query query = test::query_of(filter::Kind::flow, "udp && tcp");
    query.run_id = 9;
    std::atomic<bool> cancelled = false;
    auto run = QueryRun::open(directory(), std::move(query), {.is_cancelled = &cancelled});
    ASSERT_TRUE(run);
    std::jthread asker([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        cancelled = true;
    });
    const auto begin = Cancel::Clock::now();
    EXPECT_EQ(run->next(), nullptr);
    const auto took = Cancel::Clock::now() - begin;
    EXPECT_EQ(run->outcome(), Outcome::cancelled);
    EXPECT_LT(took, std::chrono::milliseconds(500)) << "50 on a machine that is not busy";
}

TEST_F(StoreQuery, PagesThroughEvents) {
    Random random;
    uint64_t sequence = 0;
    std::vector<std::pair<int64_t, uint64_t>> all;
    for (uint64_t i = 0; i < 200; i++) {
        const double after_s = static_cast<double>(random.below(300));
        const record::AppMessage message = test::AppBuilder().flow(i).after_s(after_s);
        all.emplace_back(message.event.time_ns, i);
        ASSERT_TRUE(store_->insert({run_id, 0, sequence++}, message));
        if (i % 3 == 0) {
            const record::Match match = test::MatchBuilder().flow(1000 + i).after_s(after_s);
            all.emplace_back(match.event.time_ns, 1000 + i);
            ASSERT_TRUE(store_->insert({run_id, 0, sequence++}, match));
        }
    }
    ASSERT_TRUE(store_->commit());
    std::ranges::sort(all);
    std::vector<uint64_t> expected;
    for (const auto& [time_ns, id] : all) expected.push_back(id);
    for (const bool sealed : {false, true}) {
        if (sealed) store_->close();
        for (const bool descending : {false, true}) {
            std::vector<uint64_t> pages;
            std::string position;
            for (size_t size = 0; size == 0 || pages.size() == size;) {
                Query query = test::query_of(filter::Kind::event);
                query.descending = descending;
                query.limit = 1 + random.below(50);
                query.after = position;
                size += query.limit;
                auto run = QueryRun::open(directory(), std::move(query));
                ASSERT_TRUE(run);
                while (const auto* subject = run->next()) pages.push_back(subject->record.flow_id);
                position = run->position();
            }
            auto in_order = expected;
            if (descending) std::ranges::reverse(in_order);
            ASSERT_EQ(pages, in_order);
        }
    }
}

}  // namespace
}  // namespace baleen::store
