// Events of application protocols, and the section of flow records about them, out of memory that
// nobody vouches for.
#include "record/app_event.h"

#include <gtest/gtest.h>

#include <vector>

#include "record/app_fields.h"
#include "record/app_ports.h"
#include "record/community_id.h"
#include "record/validate.h"
#include "tests/unit/app_builder.h"

namespace baleen::record {
namespace {

using application::AppProto;
using application::Field;
using test::AppBuilder;
using test::FieldBuilder;
using test::RecordBuilder;

std::string problem_of(std::span<const uint8_t> bytes) {
    AppMessage message;
    const char* problem = read_app_event(bytes, message);
    return problem == nullptr ? "" : problem;
}
std::string problem_of(const AppMessage& message) { return problem_of(message.bytes()); }
std::string problem_of(const FieldBuilder& fields) {
    return problem_of(AppMessage(AppBuilder().with(fields)));
}

TEST(ReadAppEvent, GivesTheEventAndItsFields) {
    const AppMessage sent = AppBuilder().number(3).with(test::dns_answer());
    AppMessage read;
    ASSERT_EQ(read_app_event(sent.bytes(), read), nullptr);
    ASSERT_EQ(read.bytes().size(), sent.bytes().size());
    EXPECT_EQ(std::memcmp(&sent, &read, sent.bytes().size()), 0);
    EXPECT_EQ(read.event.number, 3u);
    EXPECT_EQ(app_name(read.fields()), "www.example.com");
}

TEST(ReadAppEvent, TakesAnyValidEvent) {
    test::Random random;
    for (int i = 0; i < 5000; i++) ASSERT_EQ(problem_of(test::random_app_event(random)), "");
    EXPECT_EQ(problem_of(AppMessage(AppBuilder(AppProto{60000}))), "") << "a newer version's";
}

TEST(ReadAppEvent, RefusesAnyOtherSize) {
    const AppMessage message = AppBuilder().with(test::dns_answer());
    std::vector<uint8_t> bytes(2 * sizeof message);
    std::memcpy(bytes.data(), &message, message.bytes().size());
    for (size_t size = 0; size <= bytes.size(); size++) {
        const bool right = size == message.bytes().size();
        ASSERT_EQ(problem_of(std::span(bytes).first(size)), right ? "" : "app_size") << size;
    }
}

TEST(ReadAppEvent, NamesWhatIsWrong) {
    const auto broken = [](auto&& change) {
        AppMessage message = AppBuilder();
        change(message.event);
        return problem_of(message);
    };
    using Event = AppEvent;
    EXPECT_EQ(broken([](Event& e) { e.flow_id = uint64_t{1} << 53; }), "app_flow_id");
    EXPECT_EQ(broken([](Event& e) { e.time_ns = -1; }), "app_time");
    EXPECT_EQ(broken([](Event& e) { e.ip_version = 5; }), "app_ip_version");
    EXPECT_EQ(broken([](Event& e) { e.initiator_address[10] = 0; }), "app_address");
    EXPECT_EQ(broken([](Event& e) { e.responder_address[0] = 1; }), "app_address");
    EXPECT_EQ(broken([](Event& e) { e.protocol = 47; }), "app_ports");
    EXPECT_EQ(broken([](Event& e) { e.vlan_ids[1] = 4096; }), "app_vlan_ids");
    EXPECT_EQ(broken([](Event& e) { e.app_proto = AppProto::unknown; }), "app_proto");
    EXPECT_EQ(broken([](Event& e) { e.flags = 1 << 2; }), "app_flags");
    EXPECT_EQ(broken([](Event& e) { e.field_bytes = app_field_bytes_max + 1; }), "app_size");
}

TEST(ReadAppEvent, RefusesFieldsThatAreCutOrHaveALengthOfAnotherKind) {
    std::vector<uint8_t> bytes = FieldBuilder().text(Field::dns_rrname, "abc").bytes();
    for (size_t size = 1; size < bytes.size(); size++)
        EXPECT_EQ(problem_of(AppMessage(
                      AppBuilder().with({bytes.begin(), bytes.begin() + ptrdiff_t(size)}))),
                  "app_fields")
            << size;
    EXPECT_EQ(problem_of(FieldBuilder().text(Field::dns_id, "abc")), "app_fields");
    EXPECT_EQ(problem_of(FieldBuilder().text(Field::dns_id, "")), "app_fields");
    EXPECT_EQ(problem_of(FieldBuilder().text(Field::dns_id, "123456789")), "app_fields");
    EXPECT_EQ(problem_of(FieldBuilder().text(Field::dns_answer_address, "12345")), "app_fields");
    EXPECT_EQ(problem_of(FieldBuilder().text(Field::dns_answers, "x")), "app_fields");
    EXPECT_EQ(problem_of(FieldBuilder().put(1199, "whatever").put(60000, "")), "")
        << "of a newer version";
}

TEST(FlowOf, SaysWhoBeganAndWithWhom) {
    const AppMessage message =
        AppBuilder().flow(77).from("2001:db8::1", 5).to("2001:db8::2", 6).vlan(100).port_index(3);
    const FlowRecord flow = flow_of(message.event);
    EXPECT_EQ(flow.flow_id, 77u);
    EXPECT_EQ(flow.initiator_port, 5);
    EXPECT_EQ(flow.responder_port, 6);
    EXPECT_EQ(flow.vlan_ids[0], 100);
    EXPECT_EQ(flow.port_index, 3);
    EXPECT_EQ(flow.first_ns, test::start_ns);
    const FlowRecord udp = RecordBuilder().from("10.0.0.1", 40000).to("10.0.0.2", 53).udp();
    EXPECT_EQ(community_id(flow_of(AppMessage(AppBuilder()).event)), community_id(udp));
}

std::string problem_of(const FlowRecord& record) {
    std::array<uint8_t, sizeof record> bytes;
    pack(record, bytes.data());
    FlowRecord read;
    const char* problem = read_record(std::span(bytes).first(record_bytes(record)), read);
    if (problem != nullptr) return problem;
    EXPECT_EQ(std::memcmp(&record, &read, sizeof read), 0);
    return "";
}

TEST(ApplicationSection, IsWholeAndOfFlows) {
    const auto with = [](const FieldBuilder& fields, AppProto app_proto = AppProto::dns) {
        return test::with_application(RecordBuilder(), app_proto, fields);
    };
    EXPECT_EQ(problem_of(with({})), "");
    EXPECT_EQ(problem_of(with({}, AppProto{60000})), "") << "a newer version's";
    EXPECT_EQ(problem_of(with({}, AppProto::unknown)), "application");
    EXPECT_EQ(problem_of(with(FieldBuilder().text(Field::dns_rrname, "a").put(1199, "new"))), "");
    EXPECT_EQ(problem_of(with(FieldBuilder().text(Field::dns_type, "request"))), "application")
        << "a field of events";
    FlowRecord cut = with(FieldBuilder().text(Field::dns_rrname, "abc"));
    cut.application.field_bytes--;
    cut.application.fields[cut.application.field_bytes] = 0;
    EXPECT_EQ(problem_of(cut), "application");
    EXPECT_EQ(problem_of(with(FieldBuilder().text(Field::http_status, "abc"))), "application");
}

TEST(ApplicationSection, TakesAnyFieldsOfFlows) {
    test::Random random;
    for (int i = 0; i < 3000; i++)
        ASSERT_EQ(problem_of(test::with_application(
                      test::random_record(random), AppProto::tls,
                      test::random_fields(random, application_bytes_max, true))),
                  "");
}

// What is raw goes; what does not fit is left out whole.
TEST(FitFields, LeavesOutWhatIsRawOrDoesNotFit) {
    const auto fields = FieldBuilder()
                            .text(Field::tls_client_hello, "raw")
                            .text(Field::tls_sni, "example.com")
                            .text(Field::tls_subject, "an event's")
                            .text(Field::tls_version, "TLS 1.3");
    std::array<uint8_t, 64> room{};
    const auto names_of = [&](const Fitted& fitted) {
        std::vector<std::string> out;
        application::FieldReader field({room.data(), fitted.bytes});
        while (field.next()) out.emplace_back(application::find_field(field.number())->path);
        return out;
    };
    using Names = std::vector<std::string>;
    const Fitted all = fit_fields(fields.bytes(), false, room);
    EXPECT_EQ(names_of(all), (Names{"tls.sni", "tls.subject", "tls.version"}));
    EXPECT_FALSE(all.is_cut);
    EXPECT_EQ(names_of(fit_fields(fields.bytes(), true, room)), (Names{"tls.sni", "tls.version"}));
    const Fitted cut = fit_fields(fields.bytes(), true, std::span(room).first(14));
    EXPECT_EQ(names_of(cut), Names{"tls.version"});
    EXPECT_TRUE(cut.is_cut);
    EXPECT_TRUE(is_incomplete(fields.bytes()));
    EXPECT_FALSE(is_incomplete(std::span(room).first(all.bytes)));
}

TEST(Complete, AddsWhatIsMadeOfFieldsThatStay) {
    AppMessage message = AppBuilder(AppProto::ssh)
                             .with(FieldBuilder()
                                       .text(Field::ssh_client_kex, "k")
                                       .text(Field::ssh_client_encryption, "e")
                                       .text(Field::ssh_client_mac, "m")
                                       .text(Field::ssh_client_compression, "c"));
    complete(message);
    std::string hassh;
    for (application::FieldReader field(message.fields()); field.next();)
        if (field.is(Field::ssh_client_hassh)) hassh = field.text();
    EXPECT_EQ(hassh, "2e94515022e0d8419fc0c8f486db24b0");
    EXPECT_EQ(problem_of(message), "");
}

TEST(AppProtoOf, BelievesContentMoreThanPorts) {
    const auto told = [](const FlowRecord& record) {
        const AppGuess guess = app_proto_of(record);
        return app_proto_name(guess) + " " + std::string(app_proto_source_name(guess));
    };
    const FlowRecord https = RecordBuilder().tcp().to("10.0.0.2", 443);
    EXPECT_EQ(told(https), "tls port");
    EXPECT_EQ(told(test::with_application(https, AppProto::ssh, {})), "ssh content");
    const auto named = [&](std::string_view name) {
        return told(test::with_application(https, AppProto::ndpi,
                                           FieldBuilder().text(Field::ndpi_protocol, name)));
    };
    EXPECT_EQ(named("TeamViewer"), "TeamViewer ndpi");
    EXPECT_EQ(named("\",\"a\":\""), "ndpi ndpi") << "no name that nDPI has";
    EXPECT_EQ(told(test::with_application(https, AppProto::ndpi, FieldBuilder())), "ndpi ndpi");
    EXPECT_EQ(told(RecordBuilder().udp().to("10.0.0.2", 443)), "quic port");
    EXPECT_EQ(told(RecordBuilder().tcp().from("10.0.0.1", 22).to("10.0.0.2", 50000)), "ssh port")
        << "seen from the middle";
    EXPECT_EQ(
        app_proto_of(RecordBuilder().tcp().from("10.0.0.1", 3306).to("10.0.0.2", 50000)).app_proto,
        AppProto::unknown)
        << "a port that a client may have by chance";
    EXPECT_EQ(app_proto_of(RecordBuilder().icmp(8, 0)).app_proto, AppProto::unknown);
}

}  // namespace
}  // namespace baleen::record
