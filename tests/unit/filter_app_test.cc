// Filters over what was spoken and said: of flows, and of events of application protocols.
#include <gtest/gtest.h>

#include "tests/unit/app_builder.h"
#include "tests/unit/filter_check.h"
#include "tests/unit/match_builder.h"

namespace baleen::filter {
namespace {

using application::AppProto;
using record::AppMessage;
using test::AppBuilder;
using test::FieldBuilder;
using test::RecordBuilder;

bool matches(std::string_view text, const AppMessage& message, Kind kind = Kind::app) {
    const auto parsed = Filter::parse(text, kind);
    if (const auto* error = std::get_if<FilterError>(&parsed)) {
        ADD_FAILURE() << format_error(text, *error);
        return false;
    }
    const record::FlowRecord flow = record::flow_of(message.event);
    return std::get<0>(parsed).matches(
        {.record = flow, .port_name = "eth0", .match = nullptr, .app = &message});
}

TEST(FilterOfProtocols, AsksForAnythingThatAnEventSays) {
    const AppMessage dns =
        AppBuilder().flow(77).suppressed(4).with(test::dns_answer("www.example.com"));
    for (const std::string_view text : {"",
                                        "dns",
                                        "!tls",
                                        "app_proto == dns",
                                        "app_proto in {tls dns}",
                                        "app_proto_source == content",
                                        "app_name == www.example.com",
                                        "event.type == dns",
                                        "event_type == \"dns\"",
                                        "event.suppressed == 4",
                                        "event.time >= 2023-11-14T22:13:20Z",
                                        "dns.queries.rrname == www.example.com",
                                        "dns.rrname contains \"example\"",
                                        "dns.rrname matches \"^www\\.\"",
                                        "dns.rrname != \"cdn.example.net\"",
                                        "dns.answers.rrname == \"cdn.example.net\"",
                                        "dns.answers.rrname == \"www.example.com\"",
                                        "dns.answers.ttl == 60",
                                        "dns.ttl > 200",
                                        "dns.ttl in {60..70}",
                                        "dns.id == 7",
                                        "dns.rcode == NOERROR",
                                        "dns.answers.rdata == 192.0.2.0/24",
                                        "dns.rdata == 192.0.2.1",
                                        "dns.rdata == \"cdn.example.net\"",
                                        "dns.rdata contains \"192.0\"",
                                        "dns.rdata contains \"cdn\"",
                                        "dns.rdata != 192.0.2.2",
                                        "dns.latency > 12ms",
                                        "dns.latency_ns < 13ms",
                                        "flow_id == 77",
                                        "src_ip == 10.0.0.1",
                                        "udp.port == 53",
                                        "host 10.0.0.2 and port 53",
                                        "community_id contains \"1:\"",
                                        "!dns.flags",
                                        "!tls.sni",
                                        "!alerted"})
        EXPECT_TRUE(matches(text, dns)) << text;
    for (const std::string_view text :
         {"tls", "mdns", "app_proto == tls", "app_proto_source == port", "dns.rrname == example",
          "dns.ttl == 61", "dns.rdata == 192.0.3.0/24", "dns.rdata != 192.0.2.0/24",
          "dns.rdata == \"192.0.2\"", "dns.latency > 13ms", "tls.sni != \"a\"", "dns.flags",
          "event.type == alert", "tcp"})
        EXPECT_FALSE(matches(text, dns)) << text;
}

TEST(FilterOfProtocols, ReadsValuesByTheirKinds) {
    const AppMessage tls = AppBuilder(AppProto::tls)
                               .protocol(6)
                               .with(FieldBuilder()
                                         .number(test::Field::tls_ech, uint8_t{1})
                                         .number(test::Field::tls_session_resumed, uint8_t{0})
                                         .number(test::Field::tls_notafter, uint32_t{1'700'000'000})
                                         .text(test::Field::tls_ja3, "f00"));
    for (const std::string_view text :
         {"tls && !tls.sni", "tls.ech", "tls.ech == true", "tls.ech == 1", "tls.ech != false",
          "!tls.session_resumed", "tls.session_resumed == false",
          "tls.notafter == 2023-11-14T22:13:20Z", "tls.notafter < 2024-01-01",
          "tls.ja3.hash == f00", "tls.ja3 == f00"})
        EXPECT_TRUE(matches(text, tls)) << text;
    const AppMessage far =
        AppBuilder(AppProto::tls).with(FieldBuilder().number(test::Field::tls_notafter, INT64_MAX));
    EXPECT_TRUE(matches("tls.notafter > 2100-01-01", far)) << "does not wrap";
    const AppMessage early =
        AppBuilder(AppProto::tls)
            .with(FieldBuilder().number(test::Field::tls_notafter, int64_t{-1}));
    EXPECT_TRUE(matches("tls.notafter == 1970-01-01", early)) << "before 1970";
}

TEST(FilterOfProtocols, AsksFlowsForWhatTheirSectionTells) {
    const record::FlowRecord flow =
        test::with_application(RecordBuilder().to("10.0.0.2", 5353), AppProto::mdns,
                               FieldBuilder()
                                   .text(test::Field::dns_rrname, "a.local")
                                   .text(test::Field::dns_rrname, "b.local"));
    for (const std::string_view text :
         {"mdns", "!dns", "app_proto == mdns", "app_proto_source == content",
          "dns.rrname == a.local", "dns.queries.rrname == b.local", "dns.rrname contains local",
          "app_name == a.local"})
        EXPECT_TRUE(test::matches(text, flow)) << text;
    EXPECT_FALSE(test::matches("dns.rrname != b.local", flow)) << "one of them is equal";
    const record::FlowRecord https = RecordBuilder().tcp().to("10.0.0.2", 443);
    EXPECT_TRUE(test::matches("app_proto == tls && app_proto_source == port", https));
    EXPECT_FALSE(test::matches("tls", https)) << "a port is no proof";
    const record::FlowRecord other = RecordBuilder().tcp().to("10.0.0.2", 44300);
    for (const std::string_view text : {"app_proto", "app_proto_source", "app_proto != tls", "dns"})
        EXPECT_FALSE(test::matches(text, other)) << text;
}

std::string message_of(std::string_view text, Kind kind) {
    const auto parsed = Filter::parse(text, kind);
    const auto* error = std::get_if<FilterError>(&parsed);
    return error == nullptr ? "" : error->message;
}

TEST(FilterOfProtocols, KnowsWhatIsAFieldOfWhat) {
    EXPECT_EQ(message_of("dns.id == 7", Kind::flow), "'dns.id' is a field of events, not of flows");
    EXPECT_EQ(message_of("flow.bytes > 7", Kind::app),
              "'flow.bytes' is a field of flows, not of these events");
    EXPECT_EQ(message_of("rule.name == a", Kind::app),
              "'rule.name' is a field of other events, not of these");
    EXPECT_EQ(message_of("rule.name == a || dns.id == 7", Kind::event), "");
    EXPECT_EQ(message_of("tls.snni == a", Kind::flow),
              "unknown field 'tls.snni'; did you mean 'tls.sni'?");
    EXPECT_EQ(message_of("dns.rrnam == a", Kind::app),
              "unknown field 'dns.rrnam'; did you mean 'dns.rrname'?");
    EXPECT_EQ(message_of("tls.ech == perhaps", Kind::app), "'perhaps' is not true or false");
    EXPECT_EQ(message_of("dns.rdata < 1.2.3.4", Kind::app),
              "'dns.answers.rdata' has no order; use == or in");
    EXPECT_EQ(message_of("tls.client_hello", Kind::app).substr(0, 13), "unknown field") << "raw";
    EXPECT_EQ(message_of("dns.answers", Kind::app).substr(0, 13), "unknown field") << "an object";
}

TEST(FilterOfProtocols, TellsEventsOfBothKindsApart) {
    const record::Match match = test::MatchBuilder().rule(5, "a");
    const record::FlowRecord flow = record::flow_of(match.event);
    const auto of_alert = [&](std::string_view text) {
        return std::get<0>(Filter::parse(text, Kind::event)).matches({flow, "eth0", &match});
    };
    EXPECT_TRUE(of_alert("rule.id == 5 && event.type == alert && !dns.rrname && !app_proto"));
    const AppMessage dns = AppBuilder().with(test::dns_answer());
    EXPECT_TRUE(matches("!rule.id && event.type == dns && !alerted", dns, Kind::event));
}

// Every field of the registry that is shown can be asked for, and has a value where it is told.
TEST(FilterOfProtocols, HasAFieldForEachPath) {
    for (const auto& info : application::fields) {
        using enum application::Kind;
        if (info.kind == object || info.kind == raw) continue;
        std::string name(info.path);
        for (size_t at; (at = name.find("[]")) != std::string::npos;) name.erase(at, 2);
        const Field* found = find_field(name, Kind::app);
        ASSERT_NE(found, nullptr) << name;
        EXPECT_FALSE(found->description.empty());
        const bool of_flow = info.place == application::Place::flow;
        EXPECT_TRUE(!of_flow || find_field(name, Kind::flow) == found) << name;
        const AppMessage message = AppBuilder().with(FieldBuilder().put(
            static_cast<uint16_t>(info.id), info.kind == address ? "1234" : "\1"));
        const record::FlowRecord flow = record::flow_of(message.event);
        Values values;
        found->read({flow, "", nullptr, &message}, values);
        EXPECT_EQ(values.size(), 1u) << name;
    }
}

TEST(FilterOfProtocols, AnswersForEveryFieldOfAnyEvent) {
    test::Random random;
    for (int i = 0; i < 300; i++) {
        const AppMessage message = test::random_app_event(random);
        const record::FlowRecord flow = record::flow_of(message.event);
        for (const Field* field : fields(Kind::app)) {
            Values values;
            field->read({flow, "eth0", nullptr, &message}, values);
            for (const Value& value : values)
                ASSERT_LE(value.text.size(), record::app_field_bytes_max) << field->name;
        }
    }
}

}  // namespace
}  // namespace baleen::filter
