// The list of keys, and that what is written from it can be read back.
#include "config/schema.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <set>
#include <sstream>

#include "config/loader.h"
#include "tests/unit/random.h"

namespace baleen::config {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

std::string_view section_of(const Key& key) { return key.name.substr(0, key.name.find('.')); }

TEST(Keys, HaveOneOfTheSectionsInOnePlace) {
    const std::set<std::string_view> known = {"source", "ethdev",   "xdp",   "worker", "parse",
                                              "flow",   "protocol", "rules", "match",  "capture",
                                              "ring",   "run",      "store", "api",    "graph"};
    Settings settings;
    std::set<std::string_view> sections, names;
    std::string_view before;
    for (const Key& key : keys_of(settings)) {
        EXPECT_TRUE(names.insert(key.name).second) << key.name << " stands there twice";
        EXPECT_EQ(key.name.find('.'), key.name.rfind('.')) << key.name;
        EXPECT_EQ(key.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_."), std::string::npos)
            << key.name;
        const auto section = section_of(key);
        EXPECT_TRUE(known.contains(section)) << key.name;
        if (section != before) {
            EXPECT_TRUE(sections.insert(section).second)
                << section << " is torn apart: TOML allows a section once";
        }
        before = section;
    }
    EXPECT_EQ(sections, known);
}

TEST(Keys, SayWhatTheyAreAndWhatTheyTake) {
    Settings settings;
    for (const Key& key : keys_of(settings)) {
        EXPECT_GT(key.description.size(), 20u) << key.name;
        EXPECT_TRUE(key.description.ends_with('.')) << key.name;
        EXPECT_EQ(key.description.find("  "), std::string::npos) << key.name;
        EXPECT_EQ(key.description.find('\n'), std::string::npos) << key.name;
        EXPECT_FALSE(format_kind(key).empty()) << key.name;
    }
}

// Two keys on one field would be a slip that nothing else shows.
TEST(Keys, AreBoundToFieldsOfTheirOwn) {
    Settings settings;
    std::set<const void*> fields;
    for (const Key& key : keys_of(settings)) {
        const auto* field = std::visit(
            [](const auto& target) { return static_cast<const void*>(target.value); }, key.target);
        EXPECT_TRUE(fields.insert(field).second) << key.name;
        const auto* begin = reinterpret_cast<const char*>(&settings);
        const auto* at = static_cast<const char*>(field);
        EXPECT_TRUE(at >= begin && at < begin + sizeof settings) << key.name;
    }
}

template <class Number>
void expect_taken(const Key& key, const std::string& value, Number expected, bool taken) {
    Settings settings;
    const auto problems = load_text(std::string(key.name) + " = " + value, "bounds.toml", settings);
    EXPECT_EQ(problems.empty(), taken) << key.name << " = " << value;
    if (!taken) return;
    for (const Key& read : keys_of(settings)) {
        if (read.name != key.name) continue;
        std::visit(
            [&](const auto& target) {
                using Value = std::remove_reference_t<decltype(*target.value)>;
                if constexpr (std::is_integral_v<Value>) {
                    EXPECT_EQ(*target.value, static_cast<Value>(expected)) << key.name;
                }
            },
            read.target);
    }
}

TEST(Keys, TakeTheirBoundsAndNothingBeyond) {
    Settings settings;
    for (const Key& key : keys_of(settings)) {
        const auto number = [&](uint64_t value, bool taken) {
            expect_taken(key, std::to_string(value), value, taken);
            expect_taken(key, '"' + std::to_string(value) + '"', value, taken);
        };
        std::visit(Overloaded{
                       [&](const Count& t) {
                           number(t.minimum, true);
                           number(t.maximum, true);
                           if (t.minimum > 0) number(t.minimum - 1, false);
                           number(t.maximum + 1, false);
                       },
                       [&](const Bytes& t) {
                           number(t.minimum, true);
                           number(t.maximum, true);
                           number(t.minimum - 1, false);
                           number(t.maximum + 1, false);
                           if (t.power_of_two) number(t.minimum + 1, false);
                       },
                       [&](const Duration& t) {
                           const auto text = [](int64_t ns) {
                               return '"' + std::to_string(ns) + "ns\"";
                           };
                           expect_taken(key, text(t.minimum), t.minimum, true);
                           expect_taken(key, text(t.minimum - 1), 0, false);
                           expect_taken(key, "\"off\"", base::duration_off, true);
                       },
                       [&](const Choice& t) {
                           for (const auto choice : t.choices)
                               expect_taken(key, '"' + std::string(choice) + '"', 0, true);
                       },
                       [](const auto&) {},
                   },
                   key.target);
    }
}

TEST(FormatKind, NamesTheBoundsInTheUnitsOfTheKey) {
    Settings settings;
    std::map<std::string_view, std::string> kinds;
    for (const Key& key : keys_of(settings)) kinds[key.name] = format_kind(key);
    EXPECT_EQ(kinds["parse.key_vlan"], "true or false");
    EXPECT_EQ(kinds["worker.count"], "count, 1 to 64");
    EXPECT_EQ(kinds["ring.size"], "size, 256KiB to 16GiB, a power of two");
    EXPECT_EQ(kinds["flow.idle_timeout"], "duration, at least 1ms, or \"off\"");
    EXPECT_EQ(kinds["ring.when_full"], "one of auto, drop, wait");
}

// The values themselves, not their text: a text that rounds would hide what it lost.
std::vector<std::variant<bool, uint64_t, int64_t, std::string, std::vector<std::string>>> values_of(
    Settings settings) {
    std::vector<std::variant<bool, uint64_t, int64_t, std::string, std::vector<std::string>>> out;
    for (const Key& key : keys_of(settings))
        std::visit([&](const auto& target) { out.emplace_back(*target.value); }, key.target);
    return out;
}

void expect_read_back(const Settings& settings) {
    for (const std::string& text : {format_plain(settings), format_commented(settings)}) {
        Settings again;
        const auto problems = load_text(text, "again.toml", again);
        ASSERT_TRUE(problems.empty()) << problems[0] << "\n" << text;
        ASSERT_EQ(values_of(again), values_of(settings)) << text;
    }
}

TEST(Format, ReadsBackTheDefaults) { expect_read_back(Settings{}); }

std::string random_text(test::Random& random) {
    // All that TOML can carry: quotes, backslashes, control characters, several bytes.
    static const std::vector<std::string> pieces = {"a",
                                                    "Z",
                                                    "0",
                                                    " ",
                                                    "\"",
                                                    "\\",
                                                    "'",
                                                    "\n",
                                                    "\t",
                                                    "\r",
                                                    "\x01",
                                                    "\x1f",
                                                    "#",
                                                    "=",
                                                    "[",
                                                    "]",
                                                    std::string(1, '\0'),
                                                    "\u00e9",
                                                    "\u2713",
                                                    "\U0001f40b"};
    std::string out;
    for (uint64_t i = random.below(12); i > 0; i--) out += random.pick(pieces);
    return out;
}

TEST(Format, ReadsBackAnySettings) {
    test::Random random;
    for (int i = 0; i < 500; i++) {
        Settings settings;
        for (const Key& key : keys_of(settings))
            std::visit(Overloaded{
                           [&](const Flag& t) { *t.value = random.one_in(2); },
                           [&](const Count& t) { *t.value = random.between(t.minimum, t.maximum); },
                           [&](const Bytes& t) {
                               *t.value = random.between(t.minimum, t.maximum);
                               if (t.power_of_two) *t.value = std::bit_floor(*t.value);
                           },
                           [&](const Duration& t) {
                               // Up to 2^53, see Units.ReadBackWhatTheyWrote.
                               *t.value = random.one_in(5)
                                              ? base::duration_off
                                              : std::max(t.minimum,
                                                         static_cast<int64_t>(random.of_bits(53)));
                           },
                           [&](const Text& t) { *t.value = random_text(random); },
                           [&](const Choice& t) { *t.value = random.pick(t.choices); },
                           [&](const TextList& t) {
                               t.value->clear();
                               for (uint64_t items = random.below(4); items > 0; items--)
                                   t.value->push_back(random_text(random));
                           },
                       },
                       key.target);
        expect_read_back(settings);
        if (HasFatalFailure()) return;
    }
}

TEST(Format, ReadsBackADeleteCharacter) {
    Settings settings;
    settings.store.directory = "a\x7f";
    expect_read_back(settings);
}

TEST(FormatPlain, EscapesOnlyWhatItMust) {
    Settings settings;
    settings.source.filter = "tcp port 80 or \"x\" \\ \n\u00e9";
    EXPECT_NE(format_plain(settings).find(R"(filter = "tcp port 80 or \"x\" \\ \u000a)"
                                          "\u00e9\"\n"),
              std::string::npos)
        << format_plain(settings);
}

TEST(FormatPlain, HasKeysAndValuesOnly) {
    const std::string text = format_plain(Settings{});
    EXPECT_TRUE(text.starts_with("[source]\ndevices = []\nfiles = []\n")) << text;
    EXPECT_EQ(text.find('#'), std::string::npos);
}

TEST(FormatCommented, ExplainsEachKeyWithin100Columns) {
    Settings settings;
    const std::string text = format_commented(settings);
    std::string words;  // of all comments, with one space between
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 100u) << line;
        if (!line.starts_with('#')) continue;
        EXPECT_TRUE(line.starts_with("# ")) << line;
        words += line.substr(1);
    }
    for (const Key& key : keys_of(settings)) {
        EXPECT_NE(words.find(key.description), std::string::npos) << key.name;
        const std::string last(key.name.substr(key.name.find('.') + 1));
        const std::string assignment = "\n" + last + " = " + format_value(key) + "\n";
        const size_t section = text.find("[" + std::string(section_of(key)) + "]\n");
        ASSERT_NE(section, std::string::npos) << key.name;
        const size_t at = text.find(assignment, section);
        ASSERT_NE(at, std::string::npos) << key.name;
        const std::string kind = "# (" + format_kind(key) + ")";
        EXPECT_EQ(text.substr(at - kind.size(), kind.size()), kind) << key.name;
    }
}

}  // namespace
}  // namespace baleen::config
