// What is left of a rule that cannot be expressed: it hits wherever the whole rule would.
#include "tests/unit/rules_run.h"

namespace baleen::rules {
namespace {

std::optional<Rule> weaker(const std::string& options, Dialect dialect = Dialect::suricata,
                           const std::string& protocol = "tcp") {
    const Imported imported = import_text(with_options(options, protocol), dialect, true);
    EXPECT_EQ(imported.problem, "") << options;
    EXPECT_FALSE(imported.refused.empty()) << options;
    EXPECT_TRUE(!imported.rule || imported.rule->prefilter_only);
    return imported.rule;
}

TEST(Prefilter, LeavesExactRulesAlone) {
    const auto imported = import_text(with_options("content:\"a\";"), Dialect::suricata, true);
    ASSERT_TRUE(imported.rule);
    EXPECT_FALSE(imported.rule->prefilter_only);
}

TEST(Prefilter, DropsConditionsAndKeepsThePayload) {
    const auto rule = weaker("content:\"a\"; depth:9; content:\"b\"; within:3; flowbits:isset,x;");
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 2u);
    EXPECT_TRUE(step<Literal>(*rule, 1).relative);
    EXPECT_EQ(step<Literal>(*rule, 1).length, Number{3});
}

TEST(Prefilter, DropsWhatLooksElsewhere) {
    // Suricata's sticky buffers, to the next pkt_data.
    auto rule = weaker(
        "content:\"a\"; http.uri; content:\"u\"; pcre:\"/v/\"; pkt_data; "
        "content:\"b\"; distance:2;");
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 2u);
    EXPECT_EQ(step<Literal>(*rule, 1).bytes, "b");
    EXPECT_EQ(step<Literal>(*rule, 1).from, Number{2});
    EXPECT_FALSE(step<Literal>(*rule, 1).relative);
    // Its older modifiers take the content before.
    rule = weaker("content:\"u\"; http_uri; content:\"b\";");
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 1u);
    EXPECT_EQ(step<Literal>(*rule, 0).bytes, "b");
    // Snort 3's are sticky.
    rule = weaker("content:\"b\"; http_uri; content:\"u\";", Dialect::snort3);
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 1u);
    EXPECT_EQ(step<Literal>(*rule, 0).bytes, "b");
    // One that is not known may be either.
    rule = weaker("content:\"a\"; content:\"u\"; unheard; content:\"v\";");
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 1u);
    EXPECT_EQ(step<Literal>(*rule, 0).bytes, "a");
}

TEST(Prefilter, LoosensWhatHangsOnADroppedStep) {
    const auto rule = weaker(
        "content:\"a\"; pcre:\"/x/U\"; content:\"b\"; distance:1; within:9; content:\"c\"; "
        "within:2;");
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 3u);
    EXPECT_FALSE(step<Literal>(*rule, 1).relative);
    EXPECT_FALSE(step<Literal>(*rule, 1).length);
    EXPECT_TRUE(step<Literal>(*rule, 2).relative);
}

TEST(Prefilter, DropsWhatCannotBeLoosened) {
    const auto rule = weaker(
        "content:\"a\"; pcre:\"/x/U\"; content:!\"n\"; within:5; isdataat:9,relative; "
        "pcre:\"/r/R\"; byte_jump:1,0,relative; byte_test:1,>,0,0,relative; content:!\"m\";");
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 2u);
    EXPECT_EQ(step<Literal>(*rule, 1).bytes, "m");
}

TEST(Prefilter, DropsWhatReadsANumberThatIsNotThere) {
    const auto rule = weaker(
        "content:\"a\"; http.uri; byte_extract:1,0,n; pkt_data; content:\"b\"; offset:n; "
        "byte_test:1,>,n,0; isdataat:n; byte_extract:1,0,k; isdataat:k;");
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->steps.size(), 4u);
    EXPECT_EQ(step<Literal>(*rule, 1).from, Number{0});
    step<ByteExtract>(*rule, 2);
    EXPECT_EQ(step<IsDataAt>(*rule, 3).bytes, (Number{1, 1}));
    const auto again = weaker(
        "content:\"a\"; byte_extract:1,0,n; http.uri; byte_extract:1,0,n; pkt_data; isdataat:n;");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->steps.size(), 2u);
}

TEST(Prefilter, NeedsSomethingToSearchFor) {
    EXPECT_FALSE(weaker("http.uri; content:\"u\";"));
    EXPECT_FALSE(weaker("content:!\"u\"; flowbits:isset,x;"));
    EXPECT_FALSE(weaker("dsize:5; flowbits:isset,x;"));
}

TEST(Prefilter, TakesTheTransportOfAProtocol) {
    EXPECT_EQ(weaker("content:\"a\";", Dialect::suricata, "http")->protocol, Protocol::tcp);
    EXPECT_EQ(weaker("content:\"a\";", Dialect::suricata, "tftp")->protocol, Protocol::udp);
    EXPECT_EQ(weaker("content:\"a\";", Dialect::suricata, "dns")->protocol, Protocol::ip);
    EXPECT_EQ(weaker("content:\"a\";", Dialect::suricata, "unheard")->protocol, Protocol::ip);
}

TEST(Prefilter, TakesAnyPortForAService) {
    const auto imported = import_text(
        "alert tcp any 1 -> any 80 (content:\"a\"; service:http; sid:1;)", Dialect::snort3, true);
    ASSERT_TRUE(imported.rule);
    EXPECT_TRUE(imported.rule->dst_ports.is_all() && imported.rule->src_ports.is_all());
}

TEST(Prefilter, HasNoLimit) {
    EXPECT_FALSE(weaker("content:\"a\"; flowbits:isset,x; "
                        "threshold:type limit,track by_src,count 1,seconds 1;")
                     ->rate_limit);
}

TEST(Prefilter, IsNotMadeOfWhatWouldMeanSomethingElse) {
    EXPECT_FALSE(weaker("content:\"a\"; byte_test:1,>,1,0,dce;"));
    EXPECT_FALSE(weaker("content:\"a\",width 16;", Dialect::snort3));
    EXPECT_FALSE(
        import_text("pass tcp any any -> any any (content:\"a\"; sid:1;)", Dialect::suricata, true)
            .rule);
}

}  // namespace
}  // namespace baleen::rules
