// Rules of a few words, compiled and scanned.
#pragma once

#include <gtest/gtest.h>
#include <hs/hs.h>

#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/compile/compile.h"
#include "rules/rule_set.h"
#include "ruleset/image.h"

namespace baleen::rules::compile {

// Suricata's syntax: the header, and options without sid. Ids count from 1.
inline RuleSet rules_of(const std::vector<std::string>& rules) {
    RuleSet set;
    std::string text;
    uint32_t id = 0;
    for (const std::string& rule : rules) {
        id++;
        text += "alert " + rule.substr(0, rule.rfind(')')) + " sid:" + std::to_string(id) + ";)\n";
    }
    LoadOptions options;
    options.dialect = Dialect::suricata;
    load_text(text, "t.rules", options, set);
    for (const Problem& problem : set.problems) ADD_FAILURE() << format_problem(problem);
    for (const Refusal& refusal : set.refused) ADD_FAILURE() << refusal.keywords[0];
    return set;
}

inline RuleSet rule_of(const std::string& options, const std::string& protocol = "tcp") {
    return rules_of({protocol + " any any -> any any (" + options + ")"});
}

// Compiled in this test; it must work.
inline Compiled compiled(const RuleSet& set, const CompileOptions& options = {}) {
    auto result = compile_rules(set, options);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : Compiled{};
}

inline ruleset::Image image_of(const Compiled& compiled) {
    auto image = ruleset::Image::open(compiled.image.span());
    EXPECT_TRUE(image);
    return *image;
}

// A database of an image, in use.
class Scanner {
public:
    Scanner(const ruleset::Image& image, uint32_t database) : image_(image) {
        const auto bytes = image.serialised(image.databases()[database]);
        EXPECT_EQ(::hs_deserialize_database(reinterpret_cast<const char*>(bytes.data()),
                                            bytes.size(), &database_),
                  HS_SUCCESS);
        EXPECT_EQ(::hs_alloc_scratch(database_, &scratch_), HS_SUCCESS);
    }
    ~Scanner() {
        ::hs_free_scratch(scratch_);
        ::hs_free_database(database_);
    }
    Scanner(const Scanner&) = delete;
    Scanner& operator=(const Scanner&) = delete;

    // Ids of the rules whose patterns occur.
    std::set<uint32_t> scan(std::string_view data) {
        found_.clear();
        EXPECT_EQ(::hs_scan(database_, data.data(), static_cast<unsigned>(data.size()), 0, scratch_,
                            on_match, this),
                  HS_SUCCESS);
        return found_;
    }
    // In pieces of so many bytes. What only the end of the stream would tell is not counted.
    std::set<uint32_t> scan_stream(std::string_view data, size_t piece_bytes) {
        found_.clear();
        hs_stream_t* stream = nullptr;
        EXPECT_EQ(::hs_open_stream(database_, 0, &stream), HS_SUCCESS);
        for (size_t at = 0; at < data.size(); at += piece_bytes) {
            const std::string_view piece = data.substr(at, piece_bytes);
            EXPECT_EQ(::hs_scan_stream(stream, piece.data(), static_cast<unsigned>(piece.size()), 0,
                                       scratch_, on_match, this),
                      HS_SUCCESS);
        }
        EXPECT_EQ(::hs_close_stream(stream, nullptr, nullptr, nullptr), HS_SUCCESS);
        return found_;
    }

private:
    static int on_match(unsigned id, unsigned long long, unsigned long long, unsigned, void* self) {
        auto& scanner = *static_cast<Scanner*>(self);
        const ruleset::Pattern& pattern = scanner.image_.patterns()[id];
        for (const uint32_t rule : scanner.image_.pattern_rules(pattern.rules))
            scanner.found_.insert(scanner.image_.rules()[rule].id);
        return 0;
    }

    const ruleset::Image& image_;
    hs_database_t* database_ = nullptr;
    hs_scratch_t* scratch_ = nullptr;
    std::set<uint32_t> found_;
};

// The only group of a protocol and side, if ports do not tell.
inline const ruleset::Group& group_of(const ruleset::Image& image, ruleset::Protocol protocol,
                                      ruleset::Side side, uint16_t server_port = 0) {
    const auto table =
        static_cast<size_t>(protocol) * ruleset::side_count + static_cast<size_t>(side);
    const size_t port_class =
        table < ruleset::port_table_count ? image.port_classes()[table][server_port] : 0;
    return image.groups()[image.group_of()[table * ruleset::class_count_max + port_class]];
}

}  // namespace baleen::rules::compile
