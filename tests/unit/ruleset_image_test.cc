// A compiled ruleset is opened, or refused for what is wrong with it.
#include "ruleset/image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/support/ruleset_walk.h"
#include "tests/support/sample_ruleset.h"
#include "tests/unit/random.h"

namespace baleen::ruleset {
namespace {

using test::ImageBytes;
using test::RulesetBuilder;

std::string problem_of(const ImageBytes& bytes) {
    const auto image = Image::open(bytes.span());
    return image ? "" : image.error().message;
}

TEST(RulesetImage, SaysWhatWasPutIn) {
    const ImageBytes bytes = test::sample_ruleset();
    const auto image = Image::open(bytes.span());
    ASSERT_TRUE(image) << image.error().message;
    ASSERT_EQ(image->rules().size(), 2);
    const Rule& rule = image->rules()[0];
    EXPECT_EQ(rule.id, 7);
    EXPECT_EQ(rule.variable_count, 1);
    EXPECT_EQ(image->text(rule.name), "first");
    EXPECT_EQ(image->text(rule.classtype), "trojan-activity");
    EXPECT_EQ(image->addresses(rule.src)[0].last[15], 9);
    EXPECT_EQ(image->ports(rule.dst_ports)[0].last, UINT16_MAX);
    EXPECT_EQ(image->header_tests(rule.tests)[0].high, 5);
    const auto steps = image->steps(rule.steps);
    ASSERT_EQ(steps.size(), 5);
    EXPECT_EQ(image->text(steps[0].bytes), "abc");
    EXPECT_EQ(image->text(steps[1].bytes), "d+");
    EXPECT_EQ(steps[2].count, 2);
    EXPECT_EQ(image->pattern_rules(image->patterns()[0].rules)[1], 1);

    const uint8_t port_class = image->port_classes()[static_cast<uint32_t>(Side::to_server)][80];
    const Group& group = image->groups()[image->group_of()[port_class]];
    EXPECT_EQ(image->rule_list(group.packet_rules)[0], 1);
    EXPECT_EQ(image->rule_list(group.stream_rules)[0], 0);
    const auto serialised = image->serialised(image->databases()[group.stream_database]);
    EXPECT_EQ(std::string(serialised.begin(), serialised.end()), "of streams");
}

TEST(RulesetImage, MayBeEmpty) {
    const ImageBytes bytes = RulesetBuilder().build();
    const auto image = Image::open(bytes.span());
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_TRUE(image->rules().empty());
    EXPECT_EQ(image->groups().size(), 1);
}

TEST(RulesetImage, IsRefusedIfItIsNone) {
    ImageBytes bytes = test::sample_ruleset();
    bytes.header().magic++;
    EXPECT_EQ(problem_of(bytes), "this is no compiled ruleset");
    bytes = test::sample_ruleset();
    bytes.header().version = 9;
    EXPECT_EQ(problem_of(bytes), "the ruleset has layout version 9, this program reads 1");
    bytes = test::sample_ruleset();
    bytes.header().image_bytes++;
    EXPECT_NE(problem_of(bytes), "");
}

TEST(RulesetImage, IsRefusedIfItIsCut) {
    const ImageBytes whole = test::sample_ruleset();
    for (size_t bytes = 0; bytes < whole.span().size(); bytes += bytes < 1000 ? 1 : 997) {
        const ImageBytes cut(whole.span().first(bytes));
        EXPECT_NE(problem_of(cut), "") << bytes;
    }
}

template <class T>
T& at(ImageBytes& bytes, const Section& section, size_t index = 0) {
    return reinterpret_cast<T*>(bytes.span().data() + section.offset)[index];
}
template <class Enum>
void put(Enum& field, uint8_t value) {
    std::memcpy(&field, &value, 1);
}

// Fields whose values could lead a reader astray, each damaged once.
struct Damage {
    const char* problem;
    std::function<void(ImageBytes&, Header&)> change;
};

void expect_refused(const std::vector<Damage>& damages) {
    for (const Damage& damage : damages) {
        ImageBytes bytes = test::sample_ruleset();
        damage.change(bytes, bytes.header());
        EXPECT_EQ(problem_of(bytes), std::string("the ruleset is damaged: ") + damage.problem)
            << "damage " << &damage - damages.data();
    }
}

TEST(RulesetImage, IsRefusedIfARuleIsDamaged) {
    const auto rule = [](auto change) {
        return [=](ImageBytes& b, Header& h) { change(at<Rule>(b, h.rules)); };
    };
    expect_refused({
        {"a rule's conditions", rule([](Rule& r) { put(r.action, 3); })},
        {"a rule's conditions", rule([](Rule& r) { put(r.flow_state, 3); })},
        {"a rule's conditions", rule([](Rule& r) { put(r.flow_side, 3); })},
        {"a rule's conditions", rule([](Rule& r) { put(r.rate_kind, 5); })},
        {"a rule's conditions", rule([](Rule& r) { put(r.rate_track, 4); })},
        {"what a rule refers to", rule([](Rule& r) { r.name.count = 1 << 20; })},
        {"what a rule refers to", rule([](Rule& r) { r.classtype.first = UINT32_MAX; })},
        {"what a rule refers to", rule([](Rule& r) { r.src.count = 9; })},
        {"what a rule refers to", rule([](Rule& r) { r.dst.first = 9; })},
        {"what a rule refers to", rule([](Rule& r) { r.src_ports.first = 9; })},
        {"what a rule refers to", rule([](Rule& r) { r.dst_ports.count = 9; })},
        {"what a rule refers to", rule([](Rule& r) { r.tests.count = 2; })},
        {"what a rule refers to", rule([](Rule& r) { r.steps.count = 7; })},
        {"what a rule refers to", rule([](Rule& r) {
             r.steps = {UINT32_MAX, UINT32_MAX};
         })},
        {"the number of a rule's variables", rule([](Rule& r) { r.variable_count = 17; })},
        {"the variable of a step", rule([](Rule& r) { r.variable_count = 0; })},
    });
}

TEST(RulesetImage, IsRefusedIfAStepIsDamaged) {
    const auto step = [](size_t index, auto change) {
        return [=](ImageBytes& b, Header& h) { change(at<Step>(b, h.steps, index)); };
    };
    expect_refused({
        {"the variable of a step", step(0, [](Step& s) { s.from.variable = 1; })},
        {"the variable of a step", step(0, [](Step& s) { s.from.variable = -2; })},
        {"the variable of a step", step(3, [](Step& s) { s.value.variable = 1; })},
        {"the variable of a step", step(2, [](Step& s) { s.variable = 1; })},
        {"the variable of a step", step(2, [](Step& s) { s.variable = -1; })},
        {"a step", step(0, [](Step& s) { put(s.kind, 6); })},
        {"a step", step(3, [](Step& s) { put(s.compare, 7); })},
        {"a step", step(3, [](Step& s) { put(s.origin, 3); })},
        {"the bytes of a step", step(0, [](Step& s) { s.bytes.count = 1 << 20; })},
        {"the number of an expression", step(1, [](Step& s) { s.regex = 1; })},
        {"the bytes of a number", step(2, [](Step& s) { s.count = 9; })},
        {"the base of a number", step(4, [](Step& s) { s.text_base = 7; })},
    });
}

TEST(RulesetImage, IsRefusedIfAnythingElseIsDamaged) {
    const auto test = [](auto change) {
        return [=](ImageBytes& b, Header& h) { change(at<HeaderTest>(b, h.header_tests)); };
    };
    const auto group = [](auto change) {
        return [=](ImageBytes& b, Header& h) { change(at<Group>(b, h.groups, 1)); };
    };
    const auto database = [](auto change) {
        return [=](ImageBytes& b, Header& h) { change(at<Database>(b, h.databases)); };
    };
    expect_refused({
        {"a header test", test([](HeaderTest& t) { put(t.kind, 4); })},
        {"a header test", test([](HeaderTest& t) { put(t.field, 13); })},
        {"a header test", test([](HeaderTest& t) { put(t.word, 2); })},
        {"a header test", test([](HeaderTest& t) { put(t.mode, 5); })},
        {"a pattern's rules",
         [](ImageBytes& b, Header& h) { at<Pattern>(b, h.patterns).rules.count = 3; }},
        {"the number of a rule",
         [](ImageBytes& b, Header& h) { at<uint32_t>(b, h.pattern_rules, 1) = 2; }},
        {"the number of a rule",
         [](ImageBytes& b, Header& h) { at<uint32_t>(b, h.rule_lists, 1) = absent; }},
        {"a database", database([](Database& d) { d.offset += 1; })},
        {"a database", database([](Database& d) { d.offset = 1 << 30; })},
        {"a database", database([](Database& d) { d.bytes = UINT64_MAX; })},
        {"a database", database([](Database& d) { put(d.mode, 2); })},
        {"a group", database([](Database& d) { d.mode = DatabaseMode::stream; })},
        {"a group", group([](Group& g) { g.packet_database = 2; })},
        {"a group", group([](Group& g) { g.packet_database = 1; })},
        {"a group", group([](Group& g) { g.stream_database = 0; })},
        {"a group", group([](Group& g) { g.packet_rules.count = 3; })},
        {"a group", group([](Group& g) { g.stream_rules.first = UINT32_MAX; })},
        {"the number of a group",
         [](ImageBytes& b, Header& h) { at<uint16_t>(b, h.group_of, 77) = 2; }},
        {"the size of a table", [](ImageBytes&, Header& h) { h.group_of.count--; }},
        {"the size of a table", [](ImageBytes&, Header& h) { h.port_classes.count--; }},
        {"Hyperscan's version", [](ImageBytes&, Header& h) { h.hyperscan_version.back() = '5'; }},
    });
}

TEST(RulesetImage, IsRefusedIfASectionIsElsewhere) {
    for (uint32_t i = 0; i < section_count; i++) {
        const std::function<void(Section&)> changes[] = {
            [](Section& section) { section.offset += 1; },
            [](Section& section) { section.offset = uint64_t{1} << 40; },
            [](Section& section) { section.offset = UINT64_MAX - 63; },
            [](Section& section) { section.count = uint64_t{1} << 40; },
            [](Section& section) { section.count = UINT64_MAX; },
        };
        for (const auto& change : changes) {
            ImageBytes bytes = test::sample_ruleset();
            change((&bytes.header().rules)[i]);
            EXPECT_EQ(problem_of(bytes), "the ruleset is damaged: the place of a section")
                << "section " << i;
        }
    }
}

// Whatever is changed: it is refused, or nothing in it leads outside (the sanitizers watch).
TEST(RulesetImage, IsReadableIfItIsNotRefused) {
    test::Random random;
    const ImageBytes whole = test::sample_ruleset();
    int opened = 0;
    for (int i = 0; i < 3000; i++) {
        ImageBytes bytes = whole;
        const size_t interesting = bytes.header().group_of.offset;
        for (uint64_t changes = 1 + random.below(3); changes > 0; changes--)
            bytes.span()[random.below(interesting)] = static_cast<uint8_t>(random.below(256));
        const auto image = Image::open(bytes.span());
        if (!image) continue;
        opened++;
        test::read_all(*image);
    }
    EXPECT_GT(opened, 10);
}

}  // namespace
}  // namespace baleen::ruleset
