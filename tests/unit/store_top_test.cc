// Tops, series, matrices and what is known of a host, out of records and out of roll-ups, against a
// plain count of all records.
#include "control/store/top.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "control/store/host.h"
#include "control/store/level_spans.h"
#include "control/store/matrix.h"
#include "control/store/series.h"
#include "record/app_fields.h"
#include "record/names.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/store_fill.h"

namespace baleen::store {
namespace {

using record::FlowRecord;
using test::Random;
using test::RecordBuilder;

using test::second_ns;
using test::start_ns;
constexpr int64_t long_span_s = 9000;

// Texts of a key, and whether its sums are turned round.
struct PlainKey {
    std::vector<std::string> texts;
    bool is_reversed = false;
};
using PlainKeys = std::vector<PlainKey>;
using Plain = std::map<std::vector<std::string>, Sums>;

std::string from(const FlowRecord& r) {
    return record::format_address(r.initiator_address, r.ip_version);
}
std::string to(const FlowRecord& r) {
    return record::format_address(r.responder_address, r.ip_version);
}
std::string protocol(const FlowRecord& r) { return std::string(record::protocol_name(r.protocol)); }
bool has_ports(const FlowRecord& r) { return (r.flags & record::ports_absent) == 0; }
std::string net(const std::string& address) {
    if (address.find(':') != std::string::npos) return "2001:db8::/64";
    return address.substr(0, address.rfind('.')) + ".0/24";
}

const std::map<std::string, std::function<PlainKeys(const FlowRecord&)>> groupings = {
    {"host",
     [](const FlowRecord& r) {
         return PlainKeys{{{from(r)}, false}, {{to(r)}, true}};
     }},
    {"port",
     [](const FlowRecord& r) {
         if (!has_ports(r) || r.responder_port == 0) return PlainKeys{};
         return PlainKeys{{{protocol(r), std::to_string(r.responder_port)}}};
     }},
    {"protocol",
     [](const FlowRecord& r) {
         const bool is_known = (r.flags & record::has_application) != 0;
         return PlainKeys{{{r.ip_version == 4 ? "IPv4" : "IPv6", protocol(r),
                            is_known ? record::app_proto_name(r.application.app_proto) : ""}}};
     }},
    {"pair",
     [](const FlowRecord& r) {
         const bool turned = std::memcmp(r.responder_address, r.initiator_address, 16) < 0;
         return PlainKeys{
             {turned ? std::vector{to(r), from(r)} : std::vector{from(r), to(r)}, turned}};
     }},
    {"ip.src", [](const FlowRecord& r) { return PlainKeys{{{from(r)}}}; }},
    {"ip.dst",
     [](const FlowRecord& r) {
         return PlainKeys{{{to(r)}, from(r) != to(r)}};
     }},
    {"ip.addr",
     [](const FlowRecord& r) {
         if (from(r) == to(r)) return PlainKeys{{{from(r)}}};
         return PlainKeys{{{from(r)}, false}, {{to(r)}, true}};
     }},
    {"ip.addr/24",
     [](const FlowRecord& r) {
         if (net(from(r)) == net(to(r))) return PlainKeys{{{net(from(r))}}};
         return PlainKeys{{{net(from(r))}, false}, {{net(to(r))}, true}};
     }},
    {"port.dst",
     [](const FlowRecord& r) {
         return has_ports(r) ? PlainKeys{{{std::to_string(r.responder_port)}}} : PlainKeys{};
     }},
    {"ip.src,ip.proto",
     [](const FlowRecord& r) {
         return PlainKeys{{{from(r), protocol(r)}}};
     }},
};

class StoreTop : public test::OwnStore {
protected:
    StoreTop() : OwnStore(3000 * second_ns) {}

    void insert_some(uint64_t count, Random& random) {
        for (uint64_t i = 0; i < count; i++) {
            records_.push_back(test::busy_record(random, random.below(1 << 20), long_span_s));
            ASSERT_TRUE(store_->insert({run_id, 0, sequence_++}, records_.back()));
        }
        ASSERT_TRUE(store_->commit());
    }
    // Of some rows; the others have to be read.
    void fill_rollups(Random& random, size_t kept) {
        for (const std::string& path : test::slice_files(directory())) {
            if (random.one_in(5)) continue;
            auto database = test::database_of(path);
            const auto rows = last_flow_row(database);
            ASSERT_TRUE(rows);
            const int64_t few = static_cast<int64_t>(random.below(20));
            test::fill_rollups(path, std::max<int64_t>(*rows - few, 1), kept);
        }
    }

    Scope scope(const std::string& filter, int64_t since_ns, int64_t until_ns) const {
        Scope out{.directory = directory(), .query = test::query_of(filter::Kind::flow, filter)};
        out.few_rows = 0;  // roll-ups wherever they serve
        out.query.since_ns = since_ns;
        out.query.until_ns = until_ns;
        return out;
    }
    template <class Visit>
    void each(const Scope& of, const Visit& visit) const {
        for (const FlowRecord& record : records_)
            if (of.query.filter.matches({record, "eth0"}) && record.last_ns >= of.query.since_ns &&
                record.last_ns < of.query.until_ns)
                visit(record);
    }
    Plain plain(const Scope& of, const std::string& by) const {
        Plain out;
        each(of, [&](const FlowRecord& record) {
            for (const PlainKey& key : groupings.at(by)(record))
                out[key.texts].add(key.is_reversed ? sums_of(record).reversed() : sums_of(record));
        });
        return out;
    }
    Sums plain_total(const Scope& of) const {
        Sums total;
        each(of, [&](const FlowRecord& record) { total.add(sums_of(record)); });
        return total;
    }

    void check_top(const Scope& of, const std::string& by, Measure measure, size_t limit) const {
        const auto grouping = Grouping::parse(by, filter::Kind::flow);
        ASSERT_TRUE(grouping) << grouping.error().message;
        const auto top = find_top(of, *grouping, measure, limit);
        ASSERT_TRUE(top) << top.error().message;
        const Plain expected = plain(of, by);
        std::vector<uint64_t> values, expected_values;
        Sums rest;
        for (const auto& [texts, sums] : expected) {
            expected_values.push_back(value_of(sums, measure, filter::Kind::flow));
            rest.add(sums);
        }
        std::ranges::sort(expected_values, std::greater<>());
        if (expected_values.size() > limit) expected_values.resize(limit);
        Sums shown;
        for (const TopRow& row : top->rows) {
            values.push_back(value_of(row.sums, measure, filter::Kind::flow));
            ASSERT_TRUE(expected.contains(row.texts)) << row.texts.at(0);
            ASSERT_EQ(row.sums, expected.at(row.texts)) << row.texts[0];
            shown.add(row.sums);
        }
        ASSERT_EQ(values, expected_values) << by;
        shown.add(top->others);
        if (by == "port" || by == "port.dst") EXPECT_LE(rest.records, shown.records);
        else ASSERT_EQ(shown, rest) << by;
        ASSERT_EQ(top->total, plain_total(of));
        EXPECT_EQ(top->info.outcome, Outcome::done);
        EXPECT_TRUE(top->info.problems.empty());
        for (size_t i = 1; i < top->rows.size(); i++)
            EXPECT_TRUE(values[i] < values[i - 1] || top->rows[i - 1].key < top->rows[i].key);
    }

    int64_t any_time(Random& random, bool whole_seconds) const {
        const auto after = static_cast<int64_t>(random.below(long_span_s * 8));
        return start_ns + (whole_seconds ? after / 8 * second_ns : after * second_ns / 8);
    }

    std::vector<FlowRecord> records_;
    uint64_t sequence_ = 0;
};

TEST(LevelSpans, CoverASpanOnceAndWithTheLargestThatFit) {
    Random random;
    for (int i = 0; i < 2000; i++) {
        const auto begin = static_cast<int64_t>(random.below(20000)) * second_ns;
        const auto end = begin + static_cast<int64_t>(random.of_bits(15)) * second_ns;
        const auto coarsest = static_cast<Level>(random.below(3));
        int64_t at = begin;
        for (const LevelSpan& span : level_spans(begin, end, coarsest)) {
            ASSERT_EQ(span.begin_ns, at);
            ASSERT_LT(span.begin_ns, span.end_ns);
            const int64_t length = level_ns[static_cast<size_t>(span.level)];
            ASSERT_EQ(span.begin_ns % length, 0);
            ASSERT_EQ(span.end_ns % length, 0);
            if (span.level < coarsest) {
                const int64_t larger = level_ns[static_cast<size_t>(span.level) + 1];
                ASSERT_LT(span.end_ns - span.begin_ns, 2 * larger);
                const int64_t full = (span.begin_ns + larger - 1) / larger * larger;
                ASSERT_GT(full + larger, span.end_ns) << "a larger one would have fitted";
            }
            at = span.end_ns;
        }
        ASSERT_EQ(at, std::max(begin, end));
    }
    EXPECT_EQ(level_spans(0, INT64_MAX, Level::hour),
              (std::vector<LevelSpan>{{Level::hour, 0, INT64_MAX}}));
}

TEST_F(StoreTop, CountsAsAPlainCountDoes) {
    Random random;
    insert_some(900, random);
    const std::vector<std::string> filters = {"", "", "tcp", "flow.bytes > 900",
                                              "app_proto == tls"};
    for (int state = 0; state < 3; state++) {
        if (state == 1)
            for (const std::string& path : test::slice_files(directory()))
                test::fill_blocks(path, random, true);
        if (state == 2) fill_rollups(random, 1000);
        for (int i = 0; i < 15; i++) {
            for (const auto& [by, keys] : groupings) {
                const std::string& filter = random.pick(filters);
                // Roll-ups know seconds; else the span may begin anywhere.
                const bool whole = filter.empty();
                const int64_t since = random.one_in(3) ? 0 : any_time(random, whole);
                const int64_t until = random.one_in(3) ? INT64_MAX : any_time(random, whole);
                const auto measure = static_cast<Measure>(random.below(3));
                SCOPED_TRACE(std::to_string(state) + " " + filter + " " +
                             std::to_string(since - start_ns) + " " +
                             std::to_string(until - start_ns));
                check_top(scope(filter, since, until), by, measure, random.below(30));
            }
        }
    }
}

TEST_F(StoreTop, ReadsRecordsWhereThereAreFew) {
    Random random;
    insert_some(300, random);
    for (const std::string& path : test::slice_files(directory()))
        test::fill_rollups(path, 1, 1000);
    Scope few = scope("", 0, INT64_MAX);
    few.few_rows = 300;
    check_top(few, "host", Measure::bytes, 1000);
    const auto top = find_top(few, Grouping::of(Dimension::host), Measure::bytes, 5);
    ASSERT_TRUE(top);
    EXPECT_FALSE(top->info.from_rollups);
    EXPECT_TRUE(top->info.is_exact);
    few.few_rows = 299;
    const auto more = find_top(few, Grouping::of(Dimension::host), Measure::bytes, 5);
    ASSERT_TRUE(more);
    EXPECT_TRUE(more->info.from_rollups);
}

TEST_F(StoreTop, WidensASpanToSecondsAndSaysSo) {
    Random random;
    insert_some(300, random);
    for (const std::string& path : test::slice_files(directory()))
        test::fill_rollups(path, 100000, 1000);
    const Scope asked = scope("", start_ns + second_ns / 2, start_ns + 700 * second_ns + 1);
    const auto top = find_top(asked, Grouping::of(Dimension::host), Measure::bytes, 5);
    ASSERT_TRUE(top);
    EXPECT_TRUE(top->info.from_rollups);
    EXPECT_EQ(top->info.since_ns, start_ns);
    EXPECT_EQ(top->info.until_ns, start_ns + 701 * second_ns);
    EXPECT_EQ(top->total, plain_total(scope("", start_ns, start_ns + 701 * second_ns)));
}

TEST_F(StoreTop, SaysWhenRollUpsOrMemoryHaveLeftKeysOut) {
    Random random;
    insert_some(900, random);
    const Grouping host = Grouping::of(Dimension::host);
    Scope all = scope("", 0, INT64_MAX);
    EXPECT_TRUE(find_top(all, host, Measure::bytes, 5)->info.is_exact);
    all.keys_max = 4;
    const auto few = find_top(all, host, Measure::bytes, 3);
    EXPECT_FALSE(few->info.is_exact);
    EXPECT_EQ(few->total, plain_total(all)) << "the total is exact all the same";
    for (const std::string& path : test::slice_files(directory()))
        test::fill_rollups(path, 100000, 2);
    all.keys_max = 1000;
    const auto rolled_up = find_top(all, host, Measure::bytes, 3);
    EXPECT_FALSE(rolled_up->info.is_exact);
    EXPECT_EQ(rolled_up->total, plain_total(all));
    Sums sum = rolled_up->others;
    const Plain expected = plain(all, "host");
    Sums expected_sum;
    for (const auto& [texts, sums] : expected) expected_sum.add(sums);
    for (const TopRow& row : rolled_up->rows) {
        sum.add(row.sums);
        EXPECT_LE(row.sums.bytes(), expected.at(row.texts).bytes()) << "a lower bound";
    }
    EXPECT_EQ(sum, expected_sum);
    const Grouping total = Grouping::of(Dimension::total);
    EXPECT_TRUE(find_series(all, std::nullopt, Measure::bytes, 60 * second_ns, 0)->info.is_exact);
    EXPECT_TRUE(find_top(all, total, Measure::bytes, 3)->info.is_exact);
}

TEST_F(StoreTop, StopsAtACostAndSaysSo) {
    Random random;
    insert_some(900, random);
    Scope bounded = scope("tcp", 0, INT64_MAX);
    bounded.rows_max = 100;
    const auto top = find_top(bounded, Grouping::of(Dimension::host), Measure::bytes, 5);
    ASSERT_TRUE(top);
    EXPECT_EQ(top->info.outcome, Outcome::rows_max);
    EXPECT_LE(top->info.rows_read, 101u);
    EXPECT_GT(top->total.records, 0u);
    const std::atomic<bool> cancelled = true;
    bounded.cancel.is_cancelled = &cancelled;
    EXPECT_EQ(find_top(bounded, Grouping::of(Dimension::host), Measure::bytes, 5)->info.outcome,
              Outcome::cancelled);
}

TEST_F(StoreTop, MakesSeriesThatAddUp) {
    Random random;
    insert_some(900, random);
    for (const bool rolled_up : {false, true}) {
        if (rolled_up) fill_rollups(random, 1000);
        for (const int64_t step_s : {1, 7, 60, 90, 300, 3600, 7200, 86400}) {
            const int64_t step = step_s * second_ns;
            const int64_t since = any_time(random, true), until = since + 3000 * second_ns;
            const Scope of = scope(random.one_in(2) ? "" : "tcp", since, until);
            const std::string by = random.one_in(2) ? "host" : "port.dst";
            const auto series =
                find_series(of, *Grouping::parse(by, filter::Kind::flow), Measure::bytes, step, 4);
            ASSERT_TRUE(series) << series.error().message;
            ASSERT_EQ(series->start_ns, since / step * step);
            ASSERT_EQ(static_cast<int64_t>(series->total.size()),
                      (until - 1) / step - since / step + 1);
            std::vector<Sums> total(series->total.size());
            std::map<std::vector<std::string>, std::vector<Sums>> lines;
            each(of, [&](const FlowRecord& record) {
                const auto at = static_cast<size_t>((record.last_ns - series->start_ns) / step);
                total.at(at).add(sums_of(record));
                for (const PlainKey& key : groupings.at(by)(record)) {
                    auto& line = lines[key.texts];
                    line.resize(total.size());
                    line.at(at).add(key.is_reversed ? sums_of(record).reversed() : sums_of(record));
                }
            });
            ASSERT_EQ(series->total, total) << step_s;
            ASSERT_EQ(series->lines.size(), std::min<size_t>(4, lines.size()));
            for (const Line& line : series->lines) ASSERT_EQ(line.steps, lines.at(line.texts));
        }
    }
    EXPECT_FALSE(find_series(scope("", start_ns, start_ns + 30000 * second_ns), std::nullopt,
                             Measure::bytes, second_ns, 0))
        << "too many steps";
    EXPECT_FALSE(
        find_series(scope("", 0, INT64_MAX), std::nullopt, Measure::bytes, second_ns / 2, 0));
    const auto whole =
        find_series(scope("", 0, INT64_MAX), std::nullopt, Measure::bytes, 600 * second_ns, 0);
    ASSERT_TRUE(whole);
    Sums sum;
    for (const Sums& step : whole->total) sum.add(step);
    EXPECT_EQ(sum, plain_total(scope("", 0, INT64_MAX)));
}

TEST_F(StoreTop, MakesMatricesOfKeysByKeysAndBySteps) {
    Random random;
    insert_some(700, random);
    const Scope of = scope("ip", 0, INT64_MAX);
    const auto rows = *Grouping::parse("ip.src", filter::Kind::flow);
    const auto columns = *Grouping::parse("port.dst", filter::Kind::flow);
    const auto matrix = find_matrix(of, rows, columns, Measure::packets, 6, 3);
    ASSERT_TRUE(matrix);
    ASSERT_EQ(matrix->rows.size(), 6u);
    ASSERT_EQ(matrix->columns.size(), 3u);
    std::map<std::pair<std::string, std::string>, Sums> cells;
    each(of, [&](const FlowRecord& record) {
        if (has_ports(record))
            cells[{from(record), std::to_string(record.responder_port)}].add(sums_of(record));
    });
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 3; j++) {
            const Sums& expected = cells[{matrix->rows[i].texts[0], matrix->columns[j].texts[0]}];
            ASSERT_EQ(matrix->cells[i][j], expected);
        }
    const auto by_time = find_matrix(of, rows, Measure::packets, 6, 600 * second_ns);
    ASSERT_TRUE(by_time);
    ASSERT_EQ(by_time->rows.size(), 6u);
    for (size_t i = 0; i < 6; i++) {
        Sums sum;
        for (const Sums& cell : by_time->cells[i]) sum.add(cell);
        EXPECT_EQ(sum, plain(of, "ip.src").at(by_time->rows[i].texts));
    }
}

TEST_F(StoreTop, MakesATreeOfProtocolsThatAddsUp) {
    Random random;
    insert_some(700, random);
    const Scope of = scope("", 0, INT64_MAX);
    const auto tree = find_hierarchy(of, Measure::bytes);
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->root.sums, plain_total(of));
    const Plain expected = plain(of, "protocol");
    for (const ProtocolNode& version : tree->root.children) {
        Sums of_version;
        for (const ProtocolNode& transport : version.children) {
            of_version.add(transport.sums);
            for (const ProtocolNode& app : transport.children)
                EXPECT_EQ(app.sums, expected.at({version.name, transport.name, app.name}));
        }
        EXPECT_EQ(version.sums, of_version);
    }
    ASSERT_EQ(tree->root.children.size(), 2u);
}

TEST_F(StoreTop, TellsOfAHost) {
    Random random;
    insert_some(700, random);
    const Scope of = scope("", start_ns + 100 * second_ns, start_ns + 5000 * second_ns);
    std::array<uint8_t, 16> address{};
    test::write_address(address.data(), "10.0.1.3");
    const auto report = find_host(of, address, Measure::bytes, 1000);
    ASSERT_TRUE(report);
    Sums sums;
    int64_t first = INT64_MAX, last = 0;
    std::map<std::string, Sums> peers;
    each(of, [&](const FlowRecord& record) {
        const bool out = from(record) == "10.0.1.3";
        if (!out && to(record) != "10.0.1.3") return;
        const Sums each = out ? sums_of(record) : sums_of(record).reversed();
        sums.add(each);
        first = std::min(first, record.first_ns);
        last = std::max(last, record.last_ns);
        peers[out ? to(record) : from(record)].add(each);
    });
    ASSERT_GT(sums.records, 0u);
    EXPECT_EQ(report->sums, sums);
    EXPECT_EQ(report->first_ns, first);
    EXPECT_EQ(report->last_ns, last);
    ASSERT_EQ(report->peers.size(), peers.size());
    for (const TopRow& peer : report->peers) EXPECT_EQ(peer.sums, peers.at(peer.texts[0]));
}

TEST_F(StoreTop, CountsEventsByTheirFields) {
    for (uint64_t i = 0; i < 60; i++) {
        const auto app = i % 3 == 0 ? application::AppProto::tls : application::AppProto::dns;
        ASSERT_TRUE(store_->insert({run_id, 0, i},
                                   record::AppMessage(test::AppBuilder(app).flow(i).after_s(1))));
    }
    ASSERT_TRUE(store_->commit());
    Scope of{.directory = directory(), .query = test::query_of(filter::Kind::event)};
    const auto by = Grouping::parse("event.type", filter::Kind::event);
    ASSERT_TRUE(by);
    const auto top = find_top(of, *by, Measure::flows, 5);
    ASSERT_TRUE(top);
    ASSERT_EQ(top->rows.size(), 2u);
    EXPECT_EQ(top->rows[0].texts, std::vector<std::string>{"dns"});
    EXPECT_EQ(top->rows[0].sums.records, 40u);
    EXPECT_EQ(top->rows[1].sums.records, 20u);
}

TEST(GroupingText, RefusesWhatIsNone) {
    for (const char* text : {"nonsense", "port.dst/24", "ip.addr/33", "ip.addr/24/129", "ip.addr/x",
                             "ip.src,ip.dst,port", "ip.src,", ""})
        EXPECT_FALSE(Grouping::parse(text, filter::Kind::flow)) << text;
    for (const char* text : {"host", "ip.addr/24", "ip.addr/0/0", "ip.src,ip.dst", "app_proto"})
        EXPECT_TRUE(Grouping::parse(text, filter::Kind::flow)) << text;
}

}  // namespace
}  // namespace baleen::store
