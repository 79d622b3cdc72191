#include "rules/compile/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace baleen::rules::compile {
namespace {

void format_notes(std::string_view word, const std::vector<RuleNote>& notes, std::string& out) {
    for (const RuleNote& note : notes) {
        std::string why = note.why;
        std::ranges::replace_if(
            why, [](char c) { return c == '\n' || c == '\0'; }, ' ');
        out += fmt::format("{} {} {}\n", word, note.rule, why);
    }
}

// Words of a line, one after the other.
class Line {
public:
    explicit Line(std::string_view text) : rest_(text) {}

    std::string_view word() {
        const size_t space = std::min(rest_.find(' '), rest_.size());
        const std::string_view word = rest_.substr(0, space);
        rest_.remove_prefix(std::min(space + 1, rest_.size()));
        return word;
    }
    template <class Number>
    bool number(Number& value) {
        const std::string_view text = word();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size();
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

bool read_note(Line& line, std::vector<RuleNote>& notes) {
    uint32_t rule = 0;
    if (!line.number(rule)) return false;
    notes.push_back({rule, std::string(line.rest())});
    return true;
}

bool read_line(std::string_view text, Report& report) {
    Line line(text);
    const std::string_view word = line.word();
    PatternCounts& c = report.counts;
    if (word == "dropped") return read_note(line, report.dropped);
    if (word == "expensive") return read_note(line, report.expensive);
    if (word == "bytes")
        return line.number(report.database_bytes) && line.number(report.scratch_bytes) &&
               line.number(report.compile_peak_bytes);
    if (word == "patterns")
        return line.number(c.direct) && line.number(c.literal) && line.number(c.regex) &&
               line.number(c.prefilter) && line.number(c.weak) && line.number(c.without) &&
               line.number(c.headers_only);
    return false;
}

}  // namespace

std::string format_report(const Report& report) {
    const PatternCounts& c = report.counts;
    std::string out = fmt::format("bytes {} {} {}\n", report.database_bytes, report.scratch_bytes,
                                  report.compile_peak_bytes);
    out += fmt::format("patterns {} {} {} {} {} {} {}\n", c.direct, c.literal, c.regex, c.prefilter,
                       c.weak, c.without, c.headers_only);
    format_notes("dropped", report.dropped, out);
    format_notes("expensive", report.expensive, out);
    return out;
}

bool read_report(std::string_view text, Report& report) {
    while (!text.empty()) {
        const size_t end = text.find('\n');
        if (end == std::string_view::npos || !read_line(text.substr(0, end), report)) return false;
        text.remove_prefix(end + 1);
    }
    return true;
}

}  // namespace baleen::rules::compile
