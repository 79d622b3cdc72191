// What must not take the rest with it: bad, slow and large patterns, too many of them, children
// that die.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <thread>

#include "rules/compile/child.h"
#include "rules/compile/expression_check.h"
#include "tests/unit/rules_compile_run.h"

namespace baleen::rules::compile {
namespace {

using std::chrono::milliseconds;

std::string error_of(const RuleSet& set, const CompileOptions& options = {}) {
    const auto result = compile_rules(set, options);
    EXPECT_FALSE(result);
    return result ? "" : result.error().message;
}

TEST(RulesCompileLimits, RefusesAnEmptySet) {
    EXPECT_EQ(error_of({}), "there are no rules to compile");
}

TEST(RulesCompileLimits, DropsABadExpressionAlone) {
    const RuleSet set = rules_of({"tcp any any -> any any (content:\"abcd\";)",
                                  "tcp any any -> any any (pcre:\"/abc(d/\";)",
                                  "tcp any any -> any any (pcre:\"/^abc+d/\";)"});
    const Compiled result = compiled(set);
    EXPECT_EQ(result.report.rules, 2u);
    EXPECT_EQ(
        format_notes(result.report.dropped, set.rules),
        std::vector<std::string>{
            "t.rules:2: rule 1:2: the expression /abc(d/ is not valid (PCRE2: missing closing "
            "parenthesis at 5; Hyperscan: Missing close parenthesis for group started at index "
            "3)"});
    const ruleset::Image image = image_of(result);
    Scanner scanner(
        image, group_of(image, ruleset::Protocol::tcp, ruleset::Side::to_server).stream_database);
    EXPECT_EQ(scanner.scan_stream("abccd abcd", 3), (std::set<uint32_t>{1, 3}));
}

TEST(RulesCompileLimits, NamesTheFirstIfNoRuleIsLeft) {
    const std::string message = error_of(rules_of({"udp any any -> any any (pcre:\"/a[b/\";)"}));
    EXPECT_EQ(message.find("none of 1 rules can be compiled; the first: t.rules:1: rule 1:1: "), 0u)
        << message;
}

TEST(RulesCompileLimits, DropsWhatCanNeverHit) {
    RuleSet set = rules_of({"udp any any -> any any (content:\"abcd\";)",
                            "udp any any -> any any (content:\"abcd\";)"});
    std::get<Literal>(set.rules[1].steps[0]).length = Number{3};
    set.rules[1].steps.insert(set.rules[1].steps.begin(), IsDataAt{});
    const Compiled result = compiled(set);
    ASSERT_EQ(result.report.dropped.size(), 1u);
    EXPECT_EQ(result.report.dropped[0].why, "a literal is longer than the window it has to lie in");
    set.rules[1].steps.clear();
    set.rules[1].variables.assign(ruleset::variables_max + 1, "v");
    EXPECT_EQ(compiled(set).report.dropped.at(0).why,
              "the rule keeps 17 numbers, and 16 are possible");
}

// Some tens of KiB.
#define LARGE "([ab]{1,20}[cd]{1,20}){1,20}[ef]{1,30}x"
// About ten seconds.
#define SLOW "(([ab]{1,40}[cd]{1,40}){1,60}[ef]{1,99}x){3}"

TEST(RulesCompileLimits, DropsAnExpressionThatIsTooLarge) {
    const RuleSet set = rules_of(
        {"udp any any -> any any (pcre:\"/" LARGE "/\";)",
         "udp any any -> any any (pcre:\"/[ab][cd]/\";)",
         // Bytes stand for it.
         "udp any any -> any any (pcre:\"/qzxw" LARGE "/\";)",
         "udp any any -> any any (pcre:\"/((a.{1,60}|b.{2,70}){1,10}c.{1,90}){1,4}d/s\";)"});
    CompileOptions options;
    options.expression_bytes_max = 10'240;
    const Compiled result = compiled(set, options);
    ASSERT_EQ(result.report.dropped.size(), 2u);
    EXPECT_NE(result.report.dropped[0].why.find("KiB, and 10 KiB are allowed (Hyperscan)"),
              std::string::npos)
        << result.report.dropped[0].why;
    EXPECT_EQ(result.report.dropped[1].why, "Pattern is too large (Hyperscan)");
    EXPECT_EQ(result.report.counts.literal, 1u);
}

TEST(RulesCompileLimits, DropsAnExpressionThatIsTooSlow) {
    const RuleSet set = rules_of({"udp any any -> any any (pcre:\"/" SLOW "/\";)",
                                  "udp any any -> any any (content:\"abcd\";)"});
    CompileOptions options;
    options.expression_time_max = milliseconds(100);
    const Compiled result = compiled(set, options);
    ASSERT_EQ(result.report.dropped.size(), 1u);
    EXPECT_EQ(result.report.dropped[0].why,
              "compiling the expression takes more than 0.1 s (Hyperscan)");
    EXPECT_EQ(result.report.rules, 1u);
}

TEST(RulesCompileLimits, GoesOnBehindAnExpressionThatKillsItsChild) {
    std::vector<ExpressionQuestion> questions;
    for (const char* text : {"ab+", "a(b", SLOW, "cd+", "d$"})
        questions.push_back({{text, 0}, true, true});
    const auto answers =
        check_expressions(questions, {milliseconds(1'000), 1 << 20}, platform_of({}));
    ASSERT_EQ(answers.size(), questions.size());
    using Kind = ExpressionAnswer::Kind;
    EXPECT_EQ(answers[0].kind, Kind::taken);
    EXPECT_EQ(answers[1].kind, Kind::refused);
    EXPECT_EQ(answers[1].message, "Missing close parenthesis for group started at index 1");
    EXPECT_EQ(answers[2].kind, Kind::too_slow);
    EXPECT_EQ(answers[3].kind, Kind::taken);
    EXPECT_FALSE(answers[3].needs_end);
    EXPECT_TRUE(answers[4].needs_end);
}

TEST(RulesCompileLimits, KeepsTheMemoryBudget) {
    const RuleSet set = rules_of(
        {"tcp any any -> any 80 (content:\"abcd\";)", "udp any any -> any 80 (content:\"abcd\";)"});
    const Report report = compiled(set).report;
    CompileOptions options;
    options.worker_count = 3;
    options.memory_bytes_max = report.memory_bytes(3);
    EXPECT_GT(report.memory_bytes(3), report.memory_bytes(1));
    EXPECT_EQ(compiled(set, options).report.rules, 2u);
    options.memory_bytes_max--;
    std::string message = error_of(set, options);
    EXPECT_EQ(message.find("the rules need "), 0u) << message;
    EXPECT_NE(message.find("for each of 3 workers), and the budget is "), std::string::npos);
    // Seen before all are compiled.
    options.memory_bytes_max = 1'000;
    message = error_of(set, options);
    EXPECT_NE(message.find("after 1 of 2 databases"), std::string::npos) << message;
}

TEST(RulesCompileLimits, TellsAboutADatabaseThatTakesTooLong) {
    std::vector<std::string> rules;
    for (int i = 0; i < 3'000; i++)
        rules.push_back("udp any any -> any any (content:\"word" + std::to_string(i) + "\";)");
    CompileOptions options;
    options.database_time_max = milliseconds(1);
    EXPECT_EQ(error_of(rules_of(rules), options),
              "3000 patterns together take more than 0 s to compile");
}

TEST(RulesCompileLimits, TellsProgress) {
    const RuleSet set = rules_of(
        {"tcp any any -> any 80 (content:\"abcd\";)", "udp any any -> any 80 (content:\"abcd\";)"});
    std::vector<uint32_t> done;
    uint32_t count = 0;
    const auto result = compile_rules(set, {}, [&](const Progress& progress) {
        done.push_back(progress.databases_done);
        count = progress.database_count;
    });
    ASSERT_TRUE(result);
    EXPECT_EQ(done.front(), 0u);
    EXPECT_EQ(done.back(), 2u);
    EXPECT_EQ(count, 2u);
}

TEST(RulesCompileChild, HandsBackWhatItWrites) {
    const std::string much(1 << 20, 'x');
    const ChildRun run =
        run_in_child([&](const ChildOutput& output) { output.write(much); }, milliseconds(10'000));
    EXPECT_EQ(run.end, ChildRun::End::done);
    EXPECT_EQ(run.output, much);
    EXPECT_GT(run.peak_bytes, 0u);
}

TEST(RulesCompileChild, IsKilledWhenItIsSilent) {
    const ChildRun run = run_in_child(
        [&](const ChildOutput& output) {
            output.write(std::string("first"));
            for (;;) ::pause();
        },
        milliseconds(50));
    EXPECT_EQ(run.end, ChildRun::End::silent);
    EXPECT_EQ(run.output, "first");
}

TEST(RulesCompileChild, MayTakeLongAsLongAsItWrites) {
    const ChildRun run = run_in_child(
        [&](const ChildOutput& output) {
            for (int i = 0; i < 20; i++) {
                std::this_thread::sleep_for(milliseconds(20));
                output.write(std::string("x"));
            }
        },
        milliseconds(300));
    EXPECT_EQ(run.end, ChildRun::End::done);
    EXPECT_EQ(run.output.size(), 20u);
}

TEST(RulesCompileChild, TellsWhyItDied) {
    const ChildRun run = run_in_child(
        [](const ChildOutput&) {
            ::prctl(PR_SET_DUMPABLE, 0);
            ::kill(::getpid(), SIGKILL);
        },
        milliseconds(10'000));
    EXPECT_EQ(run.end, ChildRun::End::died);
    EXPECT_EQ(run.reason, "ended by signal 9");
}

TEST(RulesCompileChild, HasNoDescriptorOfItsParent) {
    const int before = ::fcntl(0, F_DUPFD, 100);
    const ChildRun run = run_in_child(
        [&](const ChildOutput& output) {
            if (::write(before, "", 0) < 0) output.write(std::string("closed"));
        },
        milliseconds(10'000));
    ::close(before);
    EXPECT_EQ(run.output, "closed");
}

}  // namespace
}  // namespace baleen::rules::compile
