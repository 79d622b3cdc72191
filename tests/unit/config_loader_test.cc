#include "config/loader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/random.h"
#include "tests/unit/temp_folder.h"

namespace baleen::config {
namespace {

struct Loaded {
    Settings settings;
    Problems problems;
};

Loaded load(std::string_view toml) {
    Loaded loaded;
    loaded.problems = load_text(toml, "t.toml", loaded.settings);
    return loaded;
}

// The one problem of a text; a list of several shows as a failure.
std::string problem_of(std::string_view toml) {
    const auto loaded = load(toml);
    EXPECT_EQ(loaded.problems.size(), 1u) << toml;
    return loaded.problems.empty() ? "" : loaded.problems[0];
}

TEST(LoadText, TakesNothingFromAnEmptyText) {
    for (const auto text : {"", "\n", "# only a comment", "\r\n\r\n", "[flow]\n"}) {
        const auto loaded = load(text);
        EXPECT_TRUE(loaded.problems.empty()) << loaded.problems[0];
        EXPECT_EQ(format_plain(loaded.settings), format_plain(Settings{}));
    }
}

TEST(LoadText, ReadsEveryKindOfValue) {
    const auto [settings, problems] = load(R"(
        [source]
        files = ["a.pcap", "b.pcap"]
        filter = "tcp port 80"
        [worker]
        count = 4
        cores = [2, "3-4"]
        [parse]
        key_vlan = false
        [flow]
        max_flows = "2M"
        idle_timeout = "90s"
        active_timeout = "off"
        [ring]
        size = "1MiB"
        when_full = "drop"
        [ethdev]
        mbuf_bytes = 4096
    )");
    EXPECT_TRUE(problems.empty()) << problems[0];
    EXPECT_EQ(settings.source.files, (std::vector<std::string>{"a.pcap", "b.pcap"}));
    EXPECT_EQ(settings.source.filter, "tcp port 80");
    EXPECT_EQ(settings.worker.count, 4u);
    EXPECT_EQ(settings.worker.cores, (std::vector<std::string>{"2", "3-4"}));
    EXPECT_FALSE(settings.parse.key_vlan);
    EXPECT_EQ(settings.flow.max_flows, 2'000'000u);
    EXPECT_EQ(settings.flow.idle_timeout_ns, 90 * second_ns);
    EXPECT_EQ(settings.flow.active_timeout_ns, base::duration_off);
    EXPECT_EQ(settings.ring.size_bytes, 1u << 20);
    EXPECT_EQ(settings.ring.when_full, "drop");
    EXPECT_EQ(settings.ethdev.mbuf_bytes, 4096u);
}

TEST(LoadText, ReadsDottedKeysInlineTablesAndWindowsLineEnds) {
    for (const auto text :
         {"flow.idle_timeout = \"5s\"", "flow = {idle_timeout = \"5s\"}",
          "[flow]\r\nidle_timeout = \"5s\"\r\n", "[flow]\nidle_timeout = '5s'  # why"}) {
        const auto loaded = load(text);
        EXPECT_TRUE(loaded.problems.empty()) << text << ": " << loaded.problems[0];
        EXPECT_EQ(loaded.settings.flow.idle_timeout_ns, 5 * second_ns) << text;
    }
}

TEST(LoadText, TakesASingleTextForAList) {
    EXPECT_EQ(load("source.devices = \"eth0\"").settings.source.devices,
              std::vector<std::string>{"eth0"});
    EXPECT_EQ(load("worker.cores = 3").settings.worker.cores, std::vector<std::string>{"3"});
    EXPECT_TRUE(load("worker.cores = []").settings.worker.cores.empty());
}

TEST(LoadText, TellsAllProblemsAtOnceEachWithItsPlace) {
    const auto [settings, problems] = load(
        "[flow]\n"
        "idel_timeout = \"5s\"\n"
        "max_flows = 0\n"
        "active_timeout = \"7s\"\n"
        "[worker]\n"
        "  count   = \"many\"\n"
        "  burst = 65\n"
        "[parse]\n"
        "key_vlan = \"yes\"\n"
        "[ring]\n"
        "when_full = \"never\"\n");
    std::vector<std::string> places;
    for (const std::string& problem : problems)
        places.push_back(problem.substr(0, problem.find(": ")));
    std::sort(places.begin(), places.end());
    ASSERT_EQ(places.size(), 6u);
    // For a key that is not known, whether its own column or its value's is told is left open.
    EXPECT_EQ(places[5].substr(0, 9), "t.toml:9:");
    EXPECT_EQ(places[0], "t.toml:11:13");
    EXPECT_EQ(places[1].substr(0, 9), "t.toml:2:");
    EXPECT_EQ(places[2], "t.toml:3:13");
    EXPECT_EQ(places[3], "t.toml:6:13");
    EXPECT_EQ(places[4], "t.toml:7:11");
    EXPECT_EQ(settings.flow.active_timeout_ns, 7 * second_ns) << "what is right is taken";
    EXPECT_EQ(settings.flow.max_flows, Settings{}.flow.max_flows) << "what is wrong is not";
    EXPECT_EQ(settings.worker.burst, Settings{}.worker.burst);
}

TEST(LoadText, SuggestsTheKeyThatWasMeant) {
    EXPECT_TRUE(problem_of("[flow]\nidel_timeout = \"5s\"")
                    .ends_with(": unknown key 'flow.idel_timeout'; did you mean "
                               "'flow.idle_timeout'?"));
    EXPECT_NE(problem_of("[ring]\nidle_timeout = \"5s\"").find("did you mean 'flow.idle_timeout'?"),
              std::string::npos);
    EXPECT_NE(problem_of("idle_timeout = \"5s\"").find("did you mean 'flow.idle_timeout'?"),
              std::string::npos);
}

TEST(LoadText, PointsToTheListOfKeysWhenNoneIsNear) {
    EXPECT_NE(problem_of("[exporter_of_flow_records]\nkafka_topic_prefix = 1")
                  .find("unknown key 'exporter_of_flow_records.kafka_topic_prefix'; "
                        "`baleen config explain` lists all keys"),
              std::string::npos);
}

TEST(LoadText, RefusesAValueInPlaceOfASection) {
    EXPECT_NE(problem_of("flow = 3").find("unknown key 'flow'"), std::string::npos);
    EXPECT_NE(problem_of("[[flow]]\nidle_timeout = \"5s\"").find("unknown key 'flow'"),
              std::string::npos);
    EXPECT_NE(problem_of("[flow.idle_timeout]\nvalue = 1").find("'flow.idle_timeout.value'"),
              std::string::npos);
}

TEST(LoadText, RefusesAnEmptyTableInPlaceOfAValue) {
    EXPECT_NE(problem_of("[flow]\nidle_timeout = {}").find("'flow.idle_timeout'"),
              std::string::npos);
    EXPECT_NE(problem_of("[flwo]\n").find("'flwo'"), std::string::npos);
}

TEST(LoadText, RefusesValuesOfTheWrongTypeAndSaysWhatItTakes) {
    constexpr struct {
        std::string_view toml, problem;
    } cases[] = {
        {"parse.key_vlan = 1", "'parse.key_vlan' has the wrong type; it takes true or false"},
        {"parse.key_vlan = \"true\"",
         "'parse.key_vlan' has the wrong type; it takes true or false"},
        {"worker.count = 2.0", "'worker.count' has the wrong type; it takes count, 1 to 64"},
        {"worker.count = true", "'worker.count' has the wrong type; it takes count, 1 to 64"},
        {"worker.count = [1]", "'worker.count' has the wrong type; it takes count, 1 to 64"},
        {"ethdev.mbuf_bytes = 1.5",
         "'ethdev.mbuf_bytes' has the wrong type; it takes size, "
         "512B to 65535B"},
        {"flow.idle_timeout = 60",
         "'flow.idle_timeout' has the wrong type; it takes duration, at least 1ms, or \"off\""},
        {"source.filter = 80", "'source.filter' has the wrong type; it takes text"},
        {"ring.when_full = 1",
         "'ring.when_full' has the wrong type; it takes one of auto, drop, wait"},
        {"source.files = [\"a\", true]",
         "'source.files' has the wrong type; it takes list of texts"},
        {"source.files = [[\"a\"]]", "'source.files' has the wrong type; it takes list of texts"},
        {"source.files = 2024-05-01", "'source.files' has the wrong type; it takes list of texts"},
    };
    for (const auto& [toml, problem] : cases) {
        const std::string found = problem_of(toml);
        EXPECT_TRUE(found.ends_with(problem)) << toml << "\n" << found;
        EXPECT_EQ(format_plain(load(toml).settings), format_plain(Settings{})) << toml;
    }
}

TEST(LoadText, RefusesWrongQuantitiesWithTheReason) {
    constexpr struct {
        std::string_view toml, problem;
    } cases[] = {
        {"worker.count = -1", "'worker.count' is too small; "},
        {"worker.count = \"1MiB\"", "'worker.count' is wrong: '1MiB' has the unknown unit 'MiB'"},
        {"ring.size = \"1 parsec\"", "'ring.size' is wrong: '1 parsec' has the unknown unit"},
        {"ring.size = \"96MiB\"", "'ring.size' is not a power of two; it takes size, 256KiB to "},
        {"flow.idle_timeout = \"60\"", "'flow.idle_timeout' is wrong: '60' needs a unit"},
        {"flow.idle_timeout = \"-1s\"", "'flow.idle_timeout' is wrong: '-1s' is not a duration"},
        {"ring.when_full = \"block\"", "'ring.when_full' cannot be 'block'; it takes one of "},
        {"ring.when_full = \"\"", "'ring.when_full' cannot be ''; it takes one of "},
    };
    for (const auto& [toml, problem] : cases) {
        const std::string found = problem_of(toml);
        EXPECT_NE(found.find(problem), std::string::npos) << toml << "\n" << found;
    }
}

TEST(LoadText, LeavesTheRingSizeAloneWhenItIsNoPowerOfTwo) {
    EXPECT_EQ(load("ring.size = \"96MiB\"").settings.ring.size_bytes, Settings{}.ring.size_bytes);
}

TEST(LoadText, TellsWhereTheTomlItselfIsWrong) {
    EXPECT_TRUE(problem_of("[flow]\nidle_timeout = 5s").starts_with("t.toml:2:")) << "no quotes";
    EXPECT_TRUE(problem_of("[flow\n").starts_with("t.toml:1:"));
    EXPECT_TRUE(problem_of("[flow]\n[flow]\n").starts_with("t.toml:2:")) << "a section twice";
    EXPECT_TRUE(problem_of("worker.count = 1\nworker.count = 2").starts_with("t.toml:2:"));
    EXPECT_TRUE(problem_of("worker.count = 9223372036854775808").starts_with("t.toml:1:"));
    EXPECT_TRUE(problem_of("source.filter = \"\xff\"").starts_with("t.toml:1:")) << "not UTF-8";
}

TEST(LoadText, RefusesASectionNameThatIsNone) {
    for (const auto text : {"[=]", "[.flow]", "[ .flow]", "[[.flow]]", "[<flow>]", "[\nflow]"})
        EXPECT_TRUE(problem_of(text).starts_with("t.toml:")) << text;
}

TEST(LoadText, SurvivesAnyText) {
    test::Random random;
    const std::string whole = format_plain(Settings{});
    for (int i = 0; i < 3000; i++) {
        std::string text = random.one_in(4) ? random.bytes(200) : whole;
        for (uint64_t edits = random.below(8); edits > 0 && !text.empty(); edits--) {
            const size_t at = random.below(text.size());
            if (random.one_in(2)) text[at] = static_cast<char>(random.below(256));
            else text.erase(at, random.below(20));
        }
        for (const std::string& problem : load(text).problems)
            ASSERT_TRUE(problem.starts_with("t.toml:")) << problem;
    }
}

TEST(LoadText, KeepsEachProblemOnOneLine) {
    for (const auto text : {"\"a\\nb\" = 1", "ring.when_full = \"a\\nb\"", "ring.size = \"a\\nb\""})
        EXPECT_EQ(problem_of(text).find('\n'), std::string::npos) << text;
}

TEST(LoadFile, ReadsAFileAndNamesItInProblems) {
    const test::TempFolder folder;
    const std::string path = folder.write("baleen.toml", "[worker]\ncount = 3\nburts = 1\n");
    Settings settings;
    const auto problems = load_file(path, settings);
    EXPECT_EQ(settings.worker.count, 3u);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_TRUE(problems[0].starts_with(path + ":3:")) << problems[0];
}

TEST(LoadFile, SaysThatAFileCannotBeRead) {
    const test::TempFolder folder;
    for (const std::string& path : {folder.path("missing.toml"), folder.path("")}) {
        Settings settings;
        const auto problems = load_file(path, settings);
        ASSERT_EQ(problems.size(), 1u);
        EXPECT_EQ(problems[0], path + ": cannot be read; check the path and its permissions");
    }
}

TEST(LoadFile, TakesNothingFromAnEmptyFile) {
    const test::TempFolder folder;
    Settings settings;
    EXPECT_TRUE(load_file(folder.write("empty.toml", ""), settings).empty());
}

}  // namespace
}  // namespace baleen::config
