// From a ring into the store: flows and events, some of which make no sense.
#include "control/ingest.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "control/store/block_ranges.h"
#include "control/store/query.h"
#include "control/store/slice.h"
#include "record/app_fields.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/match_builder.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/ring_pair.h"
#include "tests/unit/temp_folder.h"

namespace baleen::control {
namespace {

using application::Field;
using record::AppMessage;
using record::FlowRecord;
using record::Match;
using ruleset::RateKind;
using test::AppBuilder;
using test::FieldBuilder;
using test::MatchBuilder;
using test::RecordBuilder;

class IngestTest : public testing::Test {
protected:
    IngestTest() {
        auto opened = store::Store::open(folder_.path("store"), settings_);
        EXPECT_TRUE(opened);
        store_.emplace(std::move(*opened));
        store_->set_run(test::run_id, 1, "eth0\n");
    }

    void write(const Match& match, uint16_t version = record::match_version) {
        put(ring::FrameType::match, version, match.bytes());
    }
    void write(const AppMessage& message, uint16_t version = record::app_event_version) {
        put(ring::FrameType::application, version, message.bytes());
    }
    void write(const FlowRecord& record) {
        std::array<uint8_t, sizeof record> bytes;
        record::pack(record, bytes.data());
        put(ring::FrameType::flow, record::flow_version,
            std::span(bytes).first(record::record_bytes(record)));
    }
    void put(ring::FrameType type, uint16_t version, std::span<const uint8_t> bytes) {
        using Payload = std::array<uint8_t, limits::frame_bytes_max - sizeof(ring::FrameHeader)>;
        auto* to =
            ring_.writer.reserve<Payload>(type, version, static_cast<uint32_t>(bytes.size()));
        ASSERT_NE(to, nullptr);
        std::memcpy(to, bytes.data(), bytes.size());
    }
    // Of flows, or of events of protocols.
    using Stored = std::vector<std::vector<uint8_t>>;
    Stored stored_fields(filter::Kind kind) const {
        store::Query query;
        query.kind = kind;
        Stored out;
        std::vector<std::string> problems;
        EXPECT_TRUE(store::run_query(
            folder_.path("store"), query,
            [&](const filter::Subject& subject) {
                const auto fields = subject.app != nullptr ? subject.app->fields()
                                                           : record::fields_of(subject.record);
                out.emplace_back(fields.begin(), fields.end());
                return true;
            },
            problems));
        return out;
    }
    // All that is in the ring, into the store.
    void ingest() {
        ring_.writer.publish();
        std::vector<ring::Reader> readers;
        readers.push_back(ring_.open());
        ingest_.emplace(std::move(readers), store_ ? &*store_ : nullptr, settings_,
                        std::vector<record::Sink*>{&sink_});
        while (ingest_->poll_once() > 0) {
        }
        EXPECT_TRUE(ingest_->commit());
    }
    std::vector<Match> stored() const {
        store::Query query;
        query.kind = filter::Kind::alert;
        std::vector<Match> out;
        std::vector<std::string> problems;
        EXPECT_TRUE(store::run_query(
            folder_.path("store"), query,
            [&](const filter::Subject& subject) {
                out.push_back(*subject.match);
                return true;
            },
            problems));
        return out;
    }

    // What has been committed to it.
    struct CountingSink : record::Sink {
        void take(const FlowRecord& record) override { taken.push_back(record.flow_id); }
        void commit() override {
            ids.insert(ids.end(), taken.begin(), taken.end());
            taken.clear();
        }
        void roll_back() override { taken.clear(); }
        std::vector<uint64_t> taken, ids;
    } sink_;

    test::TempFolder folder_;
    config::Settings::Store settings_;
    std::optional<store::Store> store_;
    test::RingPair ring_{4 << 20};
    std::optional<Ingest> ingest_;
};

TEST_F(IngestTest, StoresFlowsAndEventsOfOneRing) {
    write(FlowRecord(test::RecordBuilder()));
    write(MatchBuilder().rule(1, "one"));
    write(FlowRecord(test::RecordBuilder().id(2)));
    write(MatchBuilder().rule(2, "two").after_s(1));
    ingest();
    ASSERT_EQ(stored().size(), 2u);
    EXPECT_EQ(stored()[1].name(), "two");
    EXPECT_EQ(ingest_->records_stored(), 4u);
    EXPECT_TRUE(ingest_->invalid_frames().empty());
}

TEST_F(IngestTest, CountsByReasonWhatMakesNoSense) {
    write(MatchBuilder().severity(0));
    write(MatchBuilder().rule(1, "one"), record::match_version + 1);
    const Match match = MatchBuilder().rule(2, "two");
    put(ring::FrameType::match, record::match_version, match.bytes().first(50));
    put(ring::FrameType{77}, 1, match.bytes());
    write(MatchBuilder().rule(3, "three"));
    ingest();
    ASSERT_EQ(stored().size(), 1u) << "what makes sense is not lost for it";
    EXPECT_EQ(stored()[0].name(), "three");
    const std::map<std::string, uint64_t> expected = {
        {"match_severity", 1}, {"unknown_version", 1}, {"match_size", 1}, {"unknown_type", 1}};
    EXPECT_EQ(ingest_->invalid_frames(), expected);
}

TEST_F(IngestTest, StoresWhatProtocolsSaidAndCountsWhatMakesNoSense) {
    const auto good = test::dns_answer("example.com");
    write(AppMessage(AppBuilder().with(good)));
    write(AppMessage(AppBuilder().with(good)), record::app_event_version + 1);
    write(AppMessage(AppBuilder(application::AppProto::unknown)));
    write(AppMessage(AppBuilder().with(std::vector<uint8_t>(3))));
    const AppMessage cut = AppBuilder().with(good);
    put(ring::FrameType::application, record::app_event_version, cut.bytes().first(100));
    FlowRecord flow = test::with_application(test::RecordBuilder(), application::AppProto::dns,
                                             FieldBuilder().text(Field::dns_rrname, "a"));
    write(flow);
    flow.application.app_proto = application::AppProto::unknown;
    write(flow);
    ingest();
    EXPECT_EQ(stored_fields(filter::Kind::app), Stored{good.bytes()});
    EXPECT_EQ(stored_fields(filter::Kind::flow),
              Stored{FieldBuilder().text(Field::dns_rrname, "a").bytes()});
    const std::map<std::string, uint64_t> expected = {{"unknown_version", 1},
                                                      {"app_proto", 1},
                                                      {"app_fields", 1},
                                                      {"app_size", 1},
                                                      {"application", 1}};
    EXPECT_EQ(ingest_->invalid_frames(), expected);
}

// Raw fields are there for what is made of them; whatever that is, they are not stored.
TEST_F(IngestTest, StoresNoRawFields) {
    const auto fields = FieldBuilder()
                            .text(Field::tls_sni, "example.com")
                            .text(Field::tls_client_hello, "not one")
                            .text(Field::tls_version, "TLS 1.3");
    write(AppMessage(AppBuilder(application::AppProto::tls).with(fields)));
    write(test::with_application(test::RecordBuilder(), application::AppProto::tls, fields));
    ingest();
    const auto kept = FieldBuilder()
                          .text(Field::tls_sni, "example.com")
                          .text(Field::tls_version, "TLS 1.3")
                          .bytes();
    EXPECT_EQ(stored_fields(filter::Kind::app), Stored{kept});
    EXPECT_EQ(stored_fields(filter::Kind::flow), Stored{kept});
}

TEST_F(IngestTest, TakesTheLargestEvent) {
    const auto fields =
        FieldBuilder().text(Field::http_url, std::string(record::app_field_bytes_max - 4, 'a'));
    write(AppMessage(AppBuilder(application::AppProto::http).with(fields)));
    ingest();
    EXPECT_EQ(stored_fields(filter::Kind::app), Stored{fields.bytes()});
}

TEST_F(IngestTest, AppliesTheLimitsOfRules) {
    for (int i = 0; i < 10; i++)
        write(MatchBuilder().rule(1, "").limit(RateKind::limit, 2, 60).after_s(i));
    write(MatchBuilder().rule(1, "").limit(RateKind::limit, 2, 60).after_s(60));
    write(MatchBuilder().rule(2, "").after_s(61));
    ingest();
    const auto events = stored();
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[2].event.suppressed, 8u);
    EXPECT_EQ(ingest_->limiter().suppressed().at({1, 1}), 8u);
    EXPECT_EQ(ingest_->records_stored(), 12u) << "all frames are consumed";
}

// Events that come again after the store has failed are limited as if it had not.
TEST_F(IngestTest, LimitsOnceWhatAFailingStoreTakesTwice) {
    constexpr int64_t minute_ns = 60 * test::second_ns;
    settings_.slice_ns = minute_ns;
    auto opened = store::Store::open(folder_.path("store"), settings_);
    ASSERT_TRUE(opened);
    store_.emplace(std::move(*opened));
    const auto write_five = [&](int from_s) {
        for (int i = 0; i < 5; i++)
            write(MatchBuilder().limit(RateKind::threshold, 2, 600).after_s(from_s + i));
    };
    write_five(0);
    ingest();
    // Where the file of the next slice should be, a folder is in the way for a while.
    const int64_t next_ns = (test::start_ns / minute_ns + 1) * minute_ns;
    const auto obstacle = folder_.path("store/" + store::slice_file_name(next_ns));
    std::filesystem::create_directory(obstacle);
    write_five(60);
    ring_.writer.publish();
    ingest_->poll_once();
    ASSERT_TRUE(ingest_->store_failed());
    std::filesystem::remove(obstacle);
    for (int i = 0; i < 500 && stored().size() < 5; i++) {
        ingest_->poll_once();
        ingest_->commit();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::vector<int64_t> kept_s;
    for (const Match& match : stored())
        kept_s.push_back((match.event.time_ns - test::start_ns) / test::second_ns);
    EXPECT_EQ(kept_s, (std::vector<int64_t>{1, 3, 60, 62, 64})) << "every second one";
}

TEST_F(IngestTest, HandsFlowsOnThatTheStoreHasTaken) {
    write(FlowRecord(test::RecordBuilder().id(1)));
    write(MatchBuilder().rule(1, "one"));
    FlowRecord wrong = test::RecordBuilder().id(2);
    wrong.ip_version = 5;
    write(wrong);
    write(FlowRecord(test::RecordBuilder().id(3)));
    ingest();
    EXPECT_EQ(sink_.ids, (std::vector<uint64_t>{1, 3}));
}

TEST_F(IngestTest, HandsFlowsOnWithoutAStore) {
    store_.reset();
    write(FlowRecord(test::RecordBuilder().id(7)));
    ingest();
    EXPECT_EQ(sink_.ids, std::vector<uint64_t>{7});
}

TEST_F(IngestTest, HandsFlowsOnOnceWhenTheStoreFailsInBetween) {
    constexpr int64_t minute_ns = 60 * test::second_ns;
    settings_.slice_ns = minute_ns;
    auto opened = store::Store::open(folder_.path("store"), settings_);
    ASSERT_TRUE(opened);
    store_.emplace(std::move(*opened));
    const int64_t next_ns = (test::start_ns / minute_ns + 1) * minute_ns;
    const auto obstacle = folder_.path("store/" + store::slice_file_name(next_ns));
    std::filesystem::create_directory(obstacle);
    write(FlowRecord(test::RecordBuilder().id(1)));
    write(FlowRecord(test::RecordBuilder().id(2).starts(next_ns)));
    ring_.writer.publish();
    std::vector<ring::Reader> readers;
    readers.push_back(ring_.open());
    ingest_.emplace(std::move(readers), &*store_, settings_, std::vector<record::Sink*>{&sink_});
    ingest_->poll_once();
    ASSERT_TRUE(ingest_->store_failed());
    EXPECT_TRUE(sink_.ids.empty() && sink_.taken.empty());
    std::filesystem::remove(obstacle);
    for (int i = 0; i < 500 && sink_.ids.size() < 2; i++) {
        ingest_->poll_once();
        ingest_->commit();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(sink_.ids, (std::vector<uint64_t>{1, 2}));
}

TEST_F(IngestTest, StoresOnceWhatIsDeliveredTwice) {
    for (int i = 0; i < 5; i++)
        write(MatchBuilder().rule(1, "").limit(RateKind::threshold, 2, 60).after_s(i));
    ring_.writer.publish();
    // The first reader dies before it frees anything.
    const uint64_t tail = ring_.header().tail_bytes;
    ingest();
    ring_.header().tail_bytes = tail;
    ring_.header().frames_consumed = 0;
    ingest();
    EXPECT_EQ(stored().size(), 2u);
}

// What fills no block at a commit is written twice.
TEST_F(IngestTest, EndsATransactionWithABlock) {
    settings_.batch_records = 5000;
    for (uint64_t id = 0; id < 5500; id++) write(FlowRecord(RecordBuilder().id(id)));
    ring_.writer.publish();
    std::vector<ring::Reader> readers;
    readers.push_back(ring_.open());
    ingest_.emplace(std::move(readers), &*store_, settings_, std::vector<record::Sink*>{});
    while (ingest_->records_stored() == 0) ASSERT_GT(ingest_->poll_once(), 0u);
    EXPECT_EQ(ingest_->records_stored(), static_cast<uint64_t>(store::block_rows));
    while (ingest_->poll_once() > 0) {
    }
    EXPECT_TRUE(ingest_->commit());
    EXPECT_EQ(ingest_->records_stored(), 5500u);
}

}  // namespace
}  // namespace baleen::control
