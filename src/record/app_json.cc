#include "record/app_json.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "baleen/application.h"
#include "record/text.h"

namespace baleen::record {
namespace {

using application::FieldInfo;
using application::FieldReader;
using application::Kind;

constexpr std::string_view array_mark = "[]";

// Writes members of nested objects and arrays as their paths come, opening and closing what lies
// between one path and the next.
class PathWriter {
public:
    explicit PathWriter(std::string& out) : out_(out) {}

    // A value, to be appended by the caller, at this path: "dns.queries[].rrname".
    void value_at(std::string_view path) {
        size_t depth = 0;
        for (size_t dot; (dot = path.find('.')) != std::string_view::npos;
             path.remove_prefix(dot + 1))
            enter(depth++, path.substr(0, dot));
        const bool is_element = path.ends_with(array_mark);
        if (is_element) {
            enter_array(depth, path);
            separate();
        } else {
            leave(depth);
            name(path);
        }
    }

    // One more object in the array at this path.
    void object_at(std::string_view path) {
        size_t depth = 0;
        for (size_t dot; (dot = path.find('.')) != std::string_view::npos;
             path.remove_prefix(dot + 1))
            enter(depth++, path.substr(0, dot));
        if (enter_array(depth, path)) close_element();
        separate();
        out_ += '{';
        open_.back().has_object = true;
        is_first_ = true;
    }

    void close() { leave(0); }

private:
    struct Level {
        std::string_view component;
        bool is_array;
        bool has_object;  // array: an element that is an object is open
    };

    // A component in front of the last one: an object, or an array whose element is open.
    void enter(size_t depth, std::string_view component) {
        if (depth < open_.size() && open_[depth].component == component) return;
        leave(depth);
        if (component.ends_with(array_mark)) {
            enter_array(depth, component);
            out_ += '{';
            open_.back().has_object = true;
        } else {
            name(component);
            out_ += '{';
            open_.push_back({component, false, false});
        }
        is_first_ = true;
    }
    // True: it was open.
    bool enter_array(size_t depth, std::string_view component) {
        if (depth < open_.size() && open_[depth].component == component) {
            leave(depth + 1);
            return true;
        }
        leave(depth);
        name(component.substr(0, component.size() - array_mark.size()));
        out_ += '[';
        open_.push_back({component, true, false});
        is_first_ = true;
        return false;
    }
    void close_element() {
        if (open_.back().has_object) out_ += '}';
        open_.back().has_object = false;
        is_first_ = false;
    }
    void leave(size_t depth) {
        for (; open_.size() > depth; open_.pop_back()) {
            if (open_.back().is_array) close_element();
            out_ += open_.back().is_array ? ']' : '}';
            is_first_ = false;
        }
    }
    void separate() {
        if (!is_first_) out_ += ',';
        is_first_ = false;
    }
    void name(std::string_view text) {
        separate();
        fmt::format_to(std::back_inserter(out_), "\"{}\":", text);
    }

    std::string& out_;
    std::vector<Level> open_;
    bool is_first_ = true;
};

void append_address(std::string& out, std::span<const uint8_t> address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.size() == 4) ::inet_ntop(AF_INET, address.data(), text.data(), text.size());
    if (address.size() == 16) ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    fmt::format_to(std::back_inserter(out), "\"{}\"", text.data());
}

// As Suricata writes the validity of certificates: seconds, UTC, without a zone.
void append_second(std::string& out, int64_t second) {
    constexpr int64_t second_min = -62'135'596'800;  // 0001-01-01T00:00:00
    constexpr int64_t second_max = 253'402'300'799;  // 9999-12-31T23:59:59
    using namespace std::chrono;
    const sys_seconds time{seconds(std::clamp(second, second_min, second_max))};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    fmt::format_to(std::back_inserter(out), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}\"",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), clock.hours().count(),
                   clock.minutes().count(), clock.seconds().count());
}

}  // namespace

void append_app_value(std::string& out, Kind kind, const FieldReader& field) {
    const auto to = std::back_inserter(out);
    switch (kind) {
        case Kind::text: append_json_string(out, field.text()); break;
        case Kind::number: fmt::format_to(to, "{}", field.integer()); break;
        case Kind::flag: out += field.integer() != 0 ? "true" : "false"; break;
        case Kind::time: append_second(out, static_cast<int64_t>(field.integer())); break;
        case Kind::address: append_address(out, field.value()); break;
        case Kind::hex: fmt::format_to(to, "\"{:02x}\"", fmt::join(field.value(), "")); break;
        case Kind::object:
        case Kind::raw: break;
    }
}

void append_app_json(std::string& out, std::span<const uint8_t> fields) {
    PathWriter writer(out);
    std::bitset<application::field_numbers_end> told;
    for (FieldReader field(fields); field.next();) {
        const FieldInfo* info = application::find_field(field.number());
        if (info == nullptr || info->kind == Kind::raw) continue;
        // A packet may say twice what an object has once.
        const bool is_single = info->path.find(array_mark) == std::string_view::npos;
        if (is_single && told.test(field.number())) continue;
        told.set(field.number());
        if (info->kind == Kind::object) {
            writer.object_at(info->path);
        } else {
            writer.value_at(info->path);
            append_app_value(out, info->kind, field);
        }
    }
    writer.close();
}

std::string path_of_flow(std::string_view path) {
    std::string out;
    for (size_t dot; (dot = path.find('.')) != std::string_view::npos; path.remove_prefix(dot + 1))
        if (!path.substr(0, dot).ends_with(array_mark)) out += path.substr(0, dot + 1);
    return out += path;
}

void append_app_json_of_flow(std::string& out, std::span<const uint8_t> fields) {
    // In the order of paths, whatever the order of fields: objects then lie together.
    std::map<std::string, std::vector<std::pair<Kind, FieldReader>>, std::less<>> values;
    for (FieldReader field(fields); field.next();) {
        const FieldInfo* info = application::find_field(field.number());
        if (info == nullptr || info->kind == Kind::raw || info->kind == Kind::object) continue;
        std::string path = path_of_flow(info->path);
        if (path.ends_with(array_mark)) path.resize(path.size() - array_mark.size());
        values[path].emplace_back(info->kind, field);
    }
    if (values.empty()) return;
    out += ',';
    PathWriter writer(out);
    for (const auto& [path, of_path] : values) {
        const auto& first = of_path.front();
        const FieldInfo* info = application::find_field(first.second.number());
        const bool is_array =
            of_path.size() > 1 || info->path.find(array_mark) != std::string_view::npos;
        writer.value_at(path);
        if (is_array) out += '[';
        for (const auto& [kind, field] : of_path) {
            if (&field != &first.second) out += ',';
            append_app_value(out, kind, field);
        }
        if (is_array) out += ']';
    }
    writer.close();
}

}  // namespace baleen::record
