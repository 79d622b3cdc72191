#include <fmt/format.h>

#include <algorithm>

#include "rules/compile/changes.h"
#include "rules/compile/sections.h"
#include "tests/unit/rules_compile_run.h"

namespace baleen::rules::compile {
namespace {

std::array<uint8_t, 16> mapped(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

// Children are forked beside other threads: glibc's allocator bears that, a sanitizer's does not.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr uint32_t jobs_at_a_time = 1;
#else
constexpr uint32_t jobs_at_a_time = 3;
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint32_t jobs_at_a_time = 1;
#else
constexpr uint32_t jobs_at_a_time = 3;
#endif

TEST(RulesCompileImage, HoldsARuleAsItWas) {
    RuleSet set = rules_of(
        {"tcp [10.0.0.0/8,2001:db8::/32] 1024: <> 192.0.2.1 [80,443] (msg:\"name\"; "
         "flow:established; content:\"ab\"; nocase; content:!\"cd\"; distance:1; within:9; "
         "pcre:\"/e+f/is\"; threshold:type limit, track by_dst, count 3, seconds 9; rev:4; "
         "classtype:trojan-activity; priority:2;)"});
    const Compiled result = compiled(set);
    const ruleset::Image image = image_of(result);
    const ruleset::Rule& rule = image.rules()[0];
    EXPECT_EQ(rule.id, 1u);
    EXPECT_EQ(rule.rev, 4u);
    EXPECT_EQ(rule.severity, 2u);
    EXPECT_EQ(rule.protocols, ruleset::protocol_bit(ruleset::Protocol::tcp));
    EXPECT_EQ(rule.flags, ruleset::both_directions | ruleset::judged_at_end | ruleset::on_streams);
    EXPECT_EQ(rule.flow_state, ruleset::FlowState::established);
    EXPECT_EQ(rule.flow_side, ruleset::FlowSide::any);
    EXPECT_EQ(rule.rate_kind, ruleset::RateKind::limit);
    EXPECT_EQ(rule.rate_track, ruleset::RateTrack::by_dst);
    EXPECT_EQ(rule.rate_count, 3u);
    EXPECT_EQ(rule.rate_seconds, 9u);
    EXPECT_EQ(image.text(rule.name), "name");
    EXPECT_EQ(image.text(rule.classtype), "trojan-activity");
    const auto src = image.addresses(rule.src);
    ASSERT_EQ(src.size(), 2u);
    EXPECT_EQ(src[0].first, mapped(10, 0, 0, 0));
    EXPECT_EQ(src[0].last, mapped(10, 255, 255, 255));
    EXPECT_EQ(src[1].first[1], 0x01);
    EXPECT_EQ(image.addresses(rule.dst)[0].first, mapped(192, 0, 2, 1));
    EXPECT_EQ(image.ports(rule.src_ports)[0].first, 1024);
    EXPECT_EQ(image.ports(rule.dst_ports).size(), 2u);
    const auto steps = image.steps(rule.steps);
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[0].kind, ruleset::StepKind::literal);
    EXPECT_EQ(steps[0].flags, uint32_t{ruleset::nocase});
    EXPECT_EQ(steps[1].flags, ruleset::relative | ruleset::negated | ruleset::has_length);
    EXPECT_EQ(steps[1].from.constant, 1);
    EXPECT_EQ(steps[1].value.constant, 9);
    EXPECT_EQ(steps[1].value.variable, -1);
    EXPECT_EQ(image.text({steps[1].bytes.first, steps[1].bytes.count}), "cd");
    EXPECT_EQ(steps[2].kind, ruleset::StepKind::regex);
    EXPECT_EQ(steps[2].flags, ruleset::nocase | ruleset::dot_all);
    EXPECT_EQ(image.text(steps[2].bytes), "e+f");
    EXPECT_EQ(image.header().regex_count, 1u);
}

TEST(RulesCompileImage, HoldsNumbersAndHeaderTests) {
    RuleSet set = rules_of(
        {"udp any any -> any any (dsize:3<>9; fragbits:M; content:\"ab\"; "
         "byte_extract:2,4,len,relative,little,multiplier 3; "
         "byte_test:4,!>,len,1,relative,string,hex; byte_jump:1,2,from_beginning,post_offset -3; "
         "isdataat:!5,relative;)"});
    const Compiled result = compiled(set);
    const ruleset::Image image = image_of(result);
    const ruleset::Rule& rule = image.rules()[0];
    EXPECT_EQ(rule.variable_count, 1u);
    const auto tests = image.header_tests(rule.tests);
    ASSERT_EQ(tests.size(), 2u);
    EXPECT_EQ(tests[0].field, ruleset::Field::payload_bytes);
    EXPECT_EQ(tests[0].low, 4u);
    EXPECT_EQ(tests[0].high, 8u);
    EXPECT_EQ(tests[1].kind, ruleset::TestKind::bits);
    EXPECT_EQ(tests[1].word, ruleset::BitsWord::fragment);
    const auto steps = image.steps(rule.steps);
    ASSERT_EQ(steps.size(), 5u);
    EXPECT_EQ(steps[1].kind, ruleset::StepKind::byte_extract);
    EXPECT_EQ(steps[1].count, 2u);
    EXPECT_EQ(steps[1].from.constant, 4);
    EXPECT_EQ(steps[1].multiplier, 3u);
    EXPECT_EQ(steps[1].variable, 0);
    EXPECT_TRUE(steps[1].flags & ruleset::little_endian);
    EXPECT_EQ(steps[2].kind, ruleset::StepKind::byte_test);
    EXPECT_EQ(steps[2].compare, ruleset::Compare::greater);
    EXPECT_EQ(steps[2].text_base, 16);
    EXPECT_EQ(steps[2].value.variable, 0);
    EXPECT_TRUE(steps[2].flags & ruleset::negated);
    EXPECT_TRUE(steps[2].flags & ruleset::text);
    EXPECT_EQ(steps[3].origin, ruleset::JumpOrigin::start);
    EXPECT_EQ(steps[3].post_offset, -3);
    EXPECT_EQ(steps[4].kind, ruleset::StepKind::is_data_at);
    EXPECT_EQ(steps[4].from.constant, 5);
}

TEST(RulesCompileImage, MapsAddressesOfBothFamiliesIntoOneOrder) {
    Sections sections;
    Rule rule;
    sections.add(rule);
    ASSERT_EQ(sections.addresses.size(), 1u) << "any, for source and destination once";
    EXPECT_EQ(sections.addresses[0].first, (std::array<uint8_t, 16>{}));
    rule.src.v4 = {};  // IPv6 only: the mapped addresses are a gap
    rule.dst.v6 = {};  // IPv4 only
    sections.add(rule);
    const ruleset::Rule& only = sections.rules[1];
    ASSERT_EQ(only.src.count, 2u);
    EXPECT_EQ(sections.addresses[only.src.first].last,
              (std::array<uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0xff, 0xff, 0xff,
                                       0xff}));
    ASSERT_EQ(only.dst.count, 1u);
    EXPECT_EQ(sections.addresses[only.dst.first].first, mapped(0, 0, 0, 0));
    EXPECT_EQ(sections.addresses[only.dst.first].last, mapped(255, 255, 255, 255));
}

std::vector<std::string> some_rules() {
    std::vector<std::string> rules;
    for (int i = 0; i < 60; i++) {
        rules.push_back(fmt::format(
            "tcp any any -> any {} (content:\"word{}\"; content:\"next\"; distance:{};)",
            80 + i % 7, i, i));
        rules.push_back(
            fmt::format("udp any any <> any any (pcre:\"/a{}[0-9]+b|c{}d*e/\";)", i, i));
    }
    return rules;
}

TEST(RulesCompileImage, IsTheSameForTheSameRules) {
    const RuleSet set = rules_of(some_rules());
    CompileOptions options;
    const Compiled one = compiled(set, options);
    options.jobs = jobs_at_a_time;
    const Compiled two = compiled(set, options);
    const auto a = one.image.span();
    const auto b = two.image.span();
    EXPECT_TRUE(std::ranges::equal(a, b));
}

TEST(RulesCompileImage, HasAKeyForAllThatItIsMadeOf) {
    const auto key = [](const std::string& rule, const CompileOptions& options = {}) {
        return content_key(rules_of({rule}), options);
    };
    const std::string rule =
        "tcp any any -> any 80 (msg:\"n\"; content:\"abcd\"; content:\"efgh\";)";
    const ContentKey first = key(rule);
    EXPECT_EQ(key(rule), first);
    EXPECT_EQ(to_hex(first).size(), 64u);
    for (const char* other :
         {"tcp any any -> any 81 (msg:\"n\"; content:\"abcd\"; content:\"efgh\";)",
          "tcp any any -> any 80 (msg:\"m\"; content:\"abcd\"; content:\"efgh\";)",
          "tcp any any -> any 80 (msg:\"n\"; content:\"abcd\"; content:\"efgi\";)",
          "tcp any any -> any 80 (msg:\"n\"; content:\"abcd\"; fast_pattern; content:\"efgh\";)",
          "tcp any any -> any 80 (msg:\"n\"; content:\"abcd\"; content:\"efgh\"; rev:2;)",
          "tcp 10.0.0.0/8 any -> any 80 (msg:\"n\"; content:\"abcd\"; content:\"efgh\";)"})
        EXPECT_NE(key(other), first) << other;
    CompileOptions options;
    options.class_max = 3;
    EXPECT_NE(key(rule, options), first);
    options = {};
    options.platform = hs_platform_info_t{HS_TUNE_FAMILY_GENERIC, 0, 0, 0};
    EXPECT_NE(key(rule, options), first);
    // What does not change the image.
    options = {};
    options.jobs = 2;
    options.memory_bytes_max++;
    EXPECT_EQ(key(rule, options), first);
    RuleSet moved = rules_of({rule});
    moved.rules[0].file = "elsewhere";
    moved.rules[0].line = 77;
    EXPECT_EQ(content_key(moved, {}), first);
    uint64_t hash = 0;
    std::memcpy(&hash, first.data(), sizeof hash);
    const Compiled result = compiled(moved);
    EXPECT_EQ(image_of(result).header().content_hash, hash);
    EXPECT_STREQ(image_of(result).header().hyperscan_version.data(), ::hs_version());
    EXPECT_EQ(image_of(result).header().cpu_features, platform_of({}).cpu_features);
}

TEST(RulesCompileChanges, TellAddedRemovedAndChangedRules) {
    const RuleSet before = rules_of({"tcp any any -> any 80 (content:\"a\";)",
                                     "tcp any any -> any 80 (content:\"b\";)",
                                     "tcp any any -> any 80 (content:\"c\";)"});
    RuleSet after = before;
    EXPECT_TRUE(find_changes(before.rules, after.rules).none());
    after.rules[0].line = 99;  // only moved
    after.rules[0].file = "other.rules";
    std::get<Literal>(after.rules[1].steps[0]).nocase = true;
    after.rules[2].id = 7;
    std::ranges::reverse(after.rules);
    const RuleChanges changes = find_changes(before.rules, after.rules);
    using Ids = std::vector<RuleChanges::Id>;
    EXPECT_EQ(changes.added, (Ids{{1, 7}}));
    EXPECT_EQ(changes.removed, (Ids{{1, 3}}));
    EXPECT_EQ(changes.changed, (Ids{{1, 2}}));
}

}  // namespace
}  // namespace baleen::rules::compile
