#include "rules/import.h"

#include "tests/unit/rules_run.h"

namespace baleen::rules {
namespace {

using Keywords = std::vector<std::string>;
constexpr Dialect suricata = Dialect::suricata;
constexpr Dialect snort3 = Dialect::snort3;

TEST(ImportContent, TakesModifiersAsBothDialectsWriteThem) {
    for (const auto& [dialect, text] :
         {std::pair{suricata, "content:\"ab\"; nocase; offset:3; depth:9; fast_pattern; rawbytes;"},
          std::pair{snort3, "content:\"ab\",nocase,offset 3,depth 9,fast_pattern,rawbytes;"}}) {
        const Rule rule = exact_rule(text, dialect);
        Literal expected{.bytes = "ab", .nocase = true, .fast_pattern = true, .from = {3}};
        expected.length = Number{9};
        EXPECT_EQ(step<Literal>(rule, 0), expected);
    }
}

TEST(ImportContent, CountsWithinFromTheMovedPosition) {
    const Rule rule = exact_rule("content:\"a\"; content:!\"bc\"; distance:-2; within:7;");
    const Literal& literal = step<Literal>(rule, 1);
    EXPECT_TRUE(literal.relative);
    EXPECT_TRUE(literal.negated);
    EXPECT_EQ(literal.from, Number{-2});
    EXPECT_EQ(literal.length, Number{7});
}

TEST(ImportContent, CountsFromTheStartWhereNothingMovedThePosition) {
    const Rule rule =
        exact_rule("content:!\"x\"; content:\"a\"; within:4; content:\"b\"; within:5;");
    EXPECT_FALSE(step<Literal>(rule, 1).relative);
    EXPECT_TRUE(step<Literal>(rule, 2).relative);
    const Rule reset = exact_rule("content:\"a\"; pkt_data; content:\"b\",distance 2;", snort3);
    EXPECT_FALSE(step<Literal>(reset, 1).relative);
    EXPECT_EQ(step<Literal>(reset, 1).from, Number{2});
}

TEST(ImportContent, KnowsBothEnds) {
    const Rule rule = exact_rule("content:\"abc\"; startswith; content:\"z\"; endswith;");
    EXPECT_EQ(step<Literal>(rule, 0).from, Number{0});
    EXPECT_EQ(step<Literal>(rule, 0).length, Number{3});
    EXPECT_TRUE(step<Literal>(rule, 1).at_end);
}

TEST(ImportContent, TakesModifiersForTheLastContent) {
    const Rule rule = exact_rule("content:\"a\"; pcre:\"/b/\"; nocase;");
    EXPECT_TRUE(step<Literal>(rule, 0).nocase);
}

TEST(ImportContent, SaysWhatIsWrong) {
    const std::pair<const char*, const char*> cases[] = {
        {"nocase;", "no content before"},
        {"content:a;", "not in quotes"},
        {"content:\"\";", "empty"},
        {"content:\"|0|\";", "half a byte"},
        {"content:\"abc\"; depth:2;", "does not fit"},
        {"content:\"abc\"; depth:-1;", "negative"},
        {"content:\"abc\"; depth:3x;", "neither a number"},
        {"content:\"abc\"; depth:3; depth:4;", "twice"},
        {"content:\"a\"; offset:1; distance:1;", "either from the start"},
        {"content:\"a\"; startswith; distance:1;", "either from the start"},
        {"content:\"a\"; content:\"b\"; within:len;", "neither a number nor extracted"},
    };
    for (const auto& [text, why] : cases)
        EXPECT_NE(problem(text).find(why), std::string::npos) << text << ": " << problem(text);
    EXPECT_NE(problem("content:\"a\" nocase;", snort3).find("behind the text"), std::string::npos);
}

TEST(ImportPcre, TakesFlags) {
    const Rule rule = exact_rule("content:\"a\"; pcre:!\"/^a\\/[\"\\;\"]b$/smixAEGROB\";");
    Regex expected{.pattern = "^a\\/[\"\\;\"]b$"};
    expected.caseless = expected.dot_all = expected.multi_line = expected.extended = true;
    expected.anchored = expected.dollar_end_only = expected.ungreedy = true;
    expected.negated = expected.relative = true;
    EXPECT_EQ(step<Regex>(rule, 1), expected);
    EXPECT_EQ(step<Regex>(exact_rule("pcre:\"m#a/b#\";"), 0).pattern, "a/b");
}

TEST(ImportPcre, RefusesPartsOfMessages) {
    for (const char flag : std::string("UHPQIDMCSYKVWZ"))
        EXPECT_EQ(refused(std::string("pcre:\"/a/") + flag + "\";"),
                  Keywords{std::string("pcre ") + flag});
    for (const char* text : {"pcre:\"a\";", "pcre:\"//\";", "pcre:/a/;", "pcre:\"/\";"})
        EXPECT_NE(problem(text), "") << text;
}

TEST(ImportIsDataAt, CountsBytesAsTheEngineDoes) {
    const auto bytes = [](const char* text, Dialect dialect) {
        return step<IsDataAt>(exact_rule(std::string("content:\"a\"; ") + text, dialect), 1).bytes;
    };
    EXPECT_EQ(bytes("isdataat:5;", suricata), Number{6});
    EXPECT_EQ(bytes("isdataat:5,relative;", suricata), Number{5});
    EXPECT_EQ(bytes("isdataat:5;", snort3), Number{6});
    EXPECT_EQ(bytes("isdataat:!5, relative;", snort3), Number{6});
    EXPECT_TRUE(step<IsDataAt>(exact_rule("isdataat:!1,relative,rawbytes;"), 0).negated);
}

TEST(ImportBytes, ReadsTests) {
    const Rule rule =
        exact_rule("content:\"a\"; byte_test:4,!>,0x10,-2,relative,little,bitmask 0xf0;");
    const ByteTest& test = step<ByteTest>(rule, 1);
    EXPECT_EQ(test.compare, ByteTest::Compare::greater);
    EXPECT_TRUE(test.negated && test.number.relative && test.number.little_endian);
    EXPECT_EQ(test.number.offset, Number{-2});
    EXPECT_EQ(test.number.mask, 0xf0u);
    EXPECT_EQ(test.value, Number{16});
    EXPECT_EQ(step<ByteTest>(exact_rule("byte_test:1,!=,3,0;"), 0).compare,
              ByteTest::Compare::equal);
    EXPECT_EQ(step<ByteTest>(exact_rule("byte_test:3,=,3,0,string;"), 0).number.text_base, 0u);
    EXPECT_EQ(step<ByteTest>(exact_rule("byte_test:3,=,3,0,string;", snort3), 0).number.text_base,
              10u);
    EXPECT_EQ(step<ByteTest>(exact_rule("byte_test:3,=,3,0,string,hex;"), 0).number.text_base, 16u);
}

TEST(ImportBytes, ReadsJumpsAsTheEngineBoundsThem) {
    const char* text = "byte_jump:2,0,from_beginning,multiplier 2,align,post_offset -4;";
    const ByteJump jump = step<ByteJump>(exact_rule(text), 0);
    EXPECT_EQ(jump.origin, ByteJump::Origin::start);
    EXPECT_EQ(jump.multiplier, 2u);
    EXPECT_EQ(jump.post_offset, -4);
    EXPECT_TRUE(jump.align && jump.stops_at_start && !jump.may_reach_end);
    const ByteJump other = step<ByteJump>(exact_rule(text, snort3), 0);
    EXPECT_TRUE(!other.stops_at_start && other.may_reach_end);
}

TEST(ImportBytes, NamesNumbersForLaterSteps) {
    const Rule rule = exact_rule(
        "byte_extract:1,0,len,multiplier 2,align 4; "
        "byte_extract:1,1,more; content:\"a\"; offset:len; depth:more; "
        "isdataat:len; byte_test:1,>,more,len;");
    EXPECT_EQ(rule.variables, (Keywords{"len", "more"}));
    EXPECT_EQ(step<ByteExtract>(rule, 1).variable, 1);
    EXPECT_EQ(step<Literal>(rule, 2).from.variable, 0);
    EXPECT_EQ(step<Literal>(rule, 2).length->variable, 1);
    EXPECT_EQ(step<IsDataAt>(rule, 3).bytes, (Number{1, 0}));
    EXPECT_EQ(step<ByteTest>(rule, 4).value.variable, 1);
    EXPECT_EQ(step<ByteTest>(rule, 4).number.offset.variable, 0);
    EXPECT_FALSE(step<ByteExtract>(rule, 0).steps_by_count);
    EXPECT_TRUE(step<ByteExtract>(exact_rule("byte_extract:1,0,len;", snort3), 0).steps_by_count);
}

TEST(ImportBytes, RefusesOrSaysWhatIsWrong) {
    EXPECT_EQ(refused("byte_test:4,>,1,0,dce;"), Keywords{"byte_test dce"});
    EXPECT_EQ(refused("byte_jump:4,0,sideways;"), Keywords{"byte_jump sideways"});
    EXPECT_EQ(refused("byte_math:bytes 1, offset 0, oper +, rvalue 1, result x; isdataat:x;"),
              Keywords{"byte_math"});
    for (const char* text :
         {"byte_test:4,>,1;", "byte_test:9,>,1,0;", "byte_test:24,>,1,0,string;",
          "byte_test:1,?,1,0;", "byte_test:1,>,x,0;", "byte_jump:1;", "byte_extract:1,0;",
          "byte_extract:1,0,9;", "byte_extract:1,0,x,align 3;", "byte_test:1,>,1,0,bitmask 0;"})
        EXPECT_NE(problem(text), "") << text;
    EXPECT_NE(problem("byte_test:0,>,1,0,string;", snort3), "");
    exact_rule("byte_test:0,>,1,0,string;");
}

TEST(ImportTests, ReadsRangesOfFields) {
    struct Case {
        const char* text;
        FieldTest test;
    };
    const Case cases[] = {
        {"dsize:6;", {Field::payload_bytes, 6, 6}},
        {"dsize:>6;", {Field::payload_bytes, 7, 65535}},
        {"dsize:<6;", {Field::payload_bytes, 0, 5}},
        {"dsize:!6;", {Field::payload_bytes, 6, 6, true}},
        {"dsize:3<>9;", {Field::payload_bytes, 4, 8}},
        {"dsize:3<=>9;", {Field::payload_bytes, 3, 9}},
        {"ttl:<=5;", {Field::ttl, 0, 5}},
        {"tos:!8;", {Field::tos, 8, 8, true}},
        {"id:39426;", {Field::ip_id, 39426, 39426}},
        {"itype:8;", {Field::icmp_type, 8, 8}},
        {"icode:>0;", {Field::icmp_code, 1, 255}},
        {"icmp_id:0x10;", {Field::icmp_id, 16, 16}},
        {"icmp_seq:0;", {Field::icmp_sequence, 0, 0}},
        {"seq:1958810375;", {Field::tcp_sequence, 1958810375, 1958810375}},
        {"ack:0;", {Field::tcp_acknowledgement, 0, 0}},
        {"window:55808;", {Field::tcp_window, 55808, 55808}},
        {"fragoffset:>0;", {Field::fragment_offset, 1, 8191}},
        {"ip_proto:!tcp;", {Field::ip_protocol, 6, 6, true}},
        {"ip_proto:88;", {Field::ip_protocol, 88, 88}},
    };
    for (const auto& [text, test] : cases) {
        const Rule rule = exact_rule(text);
        ASSERT_EQ(rule.header_tests.size(), 1u) << text;
        EXPECT_EQ(rule.header_tests[0], HeaderTest{test}) << text;
    }
    for (const char* text : {"ttl:256;", "ttl:<0;", "ttl:>255;", "ttl:x;", "ttl:5<>6;",
                             "ttl:9<=>3;", "ttl:=>5;", "dsize:;"})
        EXPECT_NE(problem(text), "") << text;
}

TEST(ImportTests, ReadsBits) {
    using Mode = BitsTest::Mode;
    constexpr auto flags = BitsTest::Word::tcp_flags;
    const auto test = [](const char* text, Dialect dialect) {
        return std::get<BitsTest>(exact_rule(text, dialect).header_tests.at(0));
    };
    EXPECT_EQ(test("flags:S;", suricata), (BitsTest{flags, Mode::exactly, 2, 0xff}));
    EXPECT_EQ(test("flags:S,12;", suricata), (BitsTest{flags, Mode::exactly, 2, 0x3f}));
    EXPECT_EQ(test("flags:S,CE;", suricata), (BitsTest{flags, Mode::exactly, 2, 0x3f}));
    EXPECT_EQ(test("flags:A+;", snort3), (BitsTest{flags, Mode::all, 16, 0xff}));
    EXPECT_EQ(test("flags:*FRS;", suricata), (BitsTest{flags, Mode::any, 7, 0xff}));
    EXPECT_EQ(test("flags:!S;", suricata).mode, Mode::not_all);
    EXPECT_EQ(test("flags:!S;", snort3).mode, Mode::none);
    EXPECT_EQ(test("flags:0;", snort3).bits, 0);
    EXPECT_EQ(test("fragbits:M+;", snort3), (BitsTest{BitsTest::Word::fragment, Mode::all, 1, 7}));
    EXPECT_NE(problem("flags:X;"), "");
    EXPECT_EQ(test("flags:sa;", snort3).bits, 18);
    EXPECT_EQ(refused("fragbits:M+;"), Keywords{"fragbits +"});
    EXPECT_NE(problem("flags:!0;"), "");
    EXPECT_NE(problem("flags:S,1+;"), "");
    EXPECT_NE(problem("flags:S,1,2;"), "");
    EXPECT_NE(problem("fragbits:F;"), "");
}

TEST(ImportTests, ReadsOptionsOfIp) {
    EXPECT_EQ(exact_rule("ipopts:lsrr;").header_tests.at(0), HeaderTest(IpOptionTest{false, 131}));
    EXPECT_EQ(exact_rule("ipopts:any;").header_tests.at(0), HeaderTest(IpOptionTest{true}));
    EXPECT_EQ(refused("ipopts:x;"), Keywords{"ipopts x"});
    EXPECT_EQ(exact_rule("sameip;").header_tests.at(0), HeaderTest(SameAddress{}));
}

TEST(ImportFlow, ReadsStateSideAndData) {
    using F = FlowCondition;
    EXPECT_EQ(exact_rule("flow:established,to_server;").flow,
              (F{F::State::established, F::Side::to_server}));
    EXPECT_EQ(exact_rule("flow: from_server , not_established;").flow,
              (F{F::State::not_established, F::Side::to_client}));
    EXPECT_EQ(exact_rule("flow:stateless,only_stream;").flow.data, F::Data::stream_only);
    EXPECT_EQ(refused("flow:only_frag;"), Keywords{"flow only_frag"});
}

TEST(ImportMeta, KeepsWhatIsSaid) {
    const auto imported = import_text(
        "alert tcp any any -> any any (msg:\"a \\\"b\\\"\\; c\"; reference:url,x.org/a\\;b; "
        "reference:cve,2020-1; classtype:bad-unknown; gid:3; sid:5; rev:4; "
        "metadata:tag one, created_at 2020_01_01, tag two;)",
        suricata);
    ASSERT_TRUE(imported.rule) << imported.problem;
    const Rule& rule = *imported.rule;
    EXPECT_EQ(rule.name, "a \"b\"; c");
    EXPECT_EQ(rule.references, (Keywords{"url,x.org/a;b", "cve,2020-1"}));
    EXPECT_EQ(rule.severity, 2u);
    EXPECT_EQ(std::tuple(rule.gid, rule.id, rule.rev), std::tuple(3u, 5u, 4u));
    EXPECT_EQ(rule.tags, (Keywords{"one", "two"}));
    EXPECT_EQ(rule.metadata.size(), 3u);
    EXPECT_EQ(exact_rule("priority:1; classtype:bad-unknown;").severity, 1u);
    EXPECT_EQ(exact_rule("classtype:unheard-of;").severity, 3u);
    EXPECT_NE(problem("priority:0;"), "");
}

TEST(ImportMeta, ReadsRateLimits) {
    using Kind = RateLimit::Kind;
    using Track = RateLimit::Track;
    EXPECT_EQ(exact_rule("threshold: type both , track  by_dst, seconds 9, count 3;").rate_limit,
              (RateLimit{Kind::both, Track::by_dst, 3, 9}));
    EXPECT_EQ(exact_rule("detection_filter:track by_src,count 5,seconds 60;").rate_limit,
              (RateLimit{Kind::exceeded, Track::by_src, 5, 60}));
    EXPECT_EQ(refused("threshold:type limit, track by_flow, count 1, seconds 1;"),
              Keywords{"threshold track by_flow"});
    EXPECT_EQ(refused("threshold:type limit,track by_src,count 1,seconds 1; "
                      "detection_filter:track by_src,count 5,seconds 60;"),
              Keywords{"threshold with detection_filter"});
    EXPECT_NE(problem("threshold:type limit, track by_src, count 1;"), "");
    EXPECT_NE(problem("threshold:type limit, track by_src, count 0, seconds 1;"), "");
}

TEST(ImportRefusal, NamesEachKeywordThatStandsInTheWay) {
    EXPECT_EQ(refused("http.uri; content:\"a\"; flowbits:isset,x; unheard:1;"),
              (Keywords{"flowbits", "http.uri", "unheard"}));
    EXPECT_EQ(refused("content:\"a\";", suricata, "http"), Keywords{"protocol http"});
    EXPECT_EQ(refused("content:\"a\"; service:http;", snort3), Keywords{"service"});
    EXPECT_EQ(refused("content:\"a\"; http_uri;"), Keywords{"http_uri"});
    // What is left for other rules does not; what others have left does.
    for (const char* word : {"set,x", "unset , x", "toggle,x"})
        exact_rule(std::string("content:\"a\"; flowbits:") + word + ";");
    for (const char* word : {"isset,x", "isnotset,x", "noalert", "set,x; flowbits:noalert"})
        EXPECT_EQ(refused(std::string("content:\"a\"; flowbits:") + word + ";"),
                  Keywords{"flowbits"});
    for (const char* keyword : {"bsize:5", "file_data", "noalert", "xbits:set,x", "lua:x.lua",
                                "stream_size:server,<,5", "base64_data", "app-layer-event:x",
                                "urilen:5", "geoip:DE", "byte_math:x", "dataset:isset,x"}) {
        const std::string name = std::string(keyword).substr(0, std::string(keyword).find(':'));
        EXPECT_EQ(refused(std::string("content:\"a\"; ") + keyword + ";"), Keywords{name});
    }
    EXPECT_EQ(import_text("pass tcp any any -> any any (content:\"a\"; sid:1;)", suricata).refused,
              Keywords{"action pass"});
}

TEST(ImportRefusal, TellsWhetherMoreThanPayloadIsAskedFor) {
    const auto payload_only = [](const char* options, const char* protocol) {
        return import_text(with_options(options, protocol), suricata).payload_only;
    };
    EXPECT_TRUE(payload_only("content:\"a\"; ttl:5; flow:established;", "tcp"));
    EXPECT_FALSE(payload_only("content:\"a\";", "http"));
    EXPECT_FALSE(payload_only("flowbits:set,a;", "tcp"));
    EXPECT_FALSE(payload_only("pcre:\"/a/U\";", "tcp"));
}

TEST(ImportHeader, ReadsProtocolsSidesAndDirection) {
    const auto read = [](const std::string& header, Dialect dialect = suricata) {
        return import_text(header + " (sid:1;)", dialect);
    };
    const auto imported = read("drop udp 10.0.0.0/8 53 <> !10.0.0.0/8 [1:5,9]");
    ASSERT_TRUE(imported.rule) << imported.problem;
    EXPECT_EQ(imported.rule->protocol, Protocol::udp);
    EXPECT_TRUE(imported.rule->both_directions);
    EXPECT_TRUE(imported.rule->src_ports.contains(53));
    EXPECT_FALSE(imported.rule->dst.v4.contains(0x0a000001));
    EXPECT_TRUE(imported.rule->dst_ports.contains(9));
    EXPECT_TRUE(read("alert ip6 any any -> any any").rule->src.v4.empty());
    EXPECT_TRUE(read("alert udp", snort3).rule->dst.is_all());
    EXPECT_EQ(read("alert http", snort3).refused, Keywords{"protocol http"});
    for (const char* wrong : {"alert tcp any any -> any", "alert tcp any any <- any any",
                              "alert tcp $X any -> any any", "alert tcp any any -> any 99999"})
        EXPECT_NE(read(wrong).problem, "") << wrong;
    EXPECT_NE(import_text("alert tcp any any -> any any (msg:\"no sid\";)", suricata).problem, "");
}

TEST(Scope, FollowsWhatTheRuleAsksFor) {
    const auto scope = [](const char* options, const char* protocol = "tcp") {
        return exact_rule(options, suricata, protocol).scope;
    };
    EXPECT_EQ(scope("content:\"a\";"), Scope::stream);
    EXPECT_EQ(scope("content:\"a\"; content:\"b\"; distance:0; isdataat:5,relative;"),
              Scope::stream);
    EXPECT_EQ(scope("content:\"a\"; depth:5;"), Scope::either);
    EXPECT_EQ(scope("content:\"a\"; isdataat:!1,relative;"), Scope::either);
    EXPECT_EQ(scope("content:\"a\"; endswith;"), Scope::either);
    EXPECT_EQ(scope("pcre:\"/^a/\";"), Scope::either);
    EXPECT_EQ(scope("pcre:\"/a[^$]\\^/\";"), Scope::stream);
    EXPECT_EQ(scope("content:\"b\"; pcre:\"/^a/R\";"), Scope::stream);
    EXPECT_EQ(scope("content:\"a\"; dsize:5;"), Scope::packet);
    EXPECT_EQ(scope("content:\"a\"; flow:no_stream;"), Scope::packet);
    EXPECT_EQ(scope("content:\"a\"; depth:5; flow:only_stream;"), Scope::stream);
    EXPECT_EQ(scope("content:\"a\";", "tcp-pkt"), Scope::packet);
    EXPECT_EQ(scope("content:\"a\";", "udp"), Scope::packet);
    EXPECT_EQ(scope("content:\"a\"; ip_proto:6;", "ip"), Scope::stream);
    EXPECT_EQ(scope("flow:established;"), Scope::packet);
}

}  // namespace
}  // namespace baleen::rules
