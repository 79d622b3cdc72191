// The parameters of a request's query, read for what they are meant to be.
//
// Shape: a handler asks for each parameter that it knows and then for problem(), which is the
// answer if one of them was wrong, or if there was one that nobody has asked for: a word that is
// misspelt must not pass for a filter that is not there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/api/http.h"
#include "filter/filter.h"

namespace baleen::endpoints {

class Arguments {
public:
    explicit Arguments(const api::Request& request);

    std::string text(std::string_view name, std::string_view otherwise = {});
    uint64_t count(std::string_view name, uint64_t otherwise, uint64_t minimum, uint64_t maximum);
    bool flag(std::string_view name);  // there, and neither "0" nor "false"
    std::string choice(std::string_view name, std::span<const std::string_view> choices,
                       std::string_view otherwise);
    // RFC 3339, seconds since 1970, or relative to the present: "now", "now-15m". ns.
    int64_t time(std::string_view name, int64_t otherwise);
    // "T1..T2", each as above; either may be left out. since <= time < until.
    std::pair<int64_t, int64_t> time_range(std::string_view name);
    int64_t duration(std::string_view name, int64_t otherwise, int64_t minimum);
    filter::Filter filter(std::string_view name, filter::Kind kind);
    // nullptr where it is not given.
    const filter::Field* field(std::string_view name, filter::Kind kind);
    // A leading - turns `descending` on.
    const filter::Field* sort(std::string_view name, filter::Kind kind, bool& descending);

    void refuse(std::string_view name, std::string detail);
    std::optional<api::Response> problem();

private:
    std::optional<std::string_view> take(std::string_view name);

    const api::Request& request_;
    std::vector<std::string> known_;
    std::optional<api::Response> problem_;
};

// 400 with the place in the text.
api::Response filter_problem(std::string_view parameter, const std::string& text,
                             const filter::FilterError& error);

}  // namespace baleen::endpoints
