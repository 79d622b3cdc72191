// Fields about application protocols: what was spoken, and what was said in it. There is one for
// each path of app_fields.def, so a protocol that is added is asked for without a line here.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <string>

#include "filter/field.h"
#include "record/app_fields.h"
#include "record/app_json.h"

namespace baleen::filter {
namespace {

using application::AppProto;
using application::FieldInfo;
using application::FieldReader;
using application::Place;
using record::AppGuess;
using record::AppSource;

std::span<const uint8_t> fields_of(const Subject& s) {
    return s.app != nullptr ? s.app->fields() : record::fields_of(s.record);
}

// Alerts do not tell it.
AppGuess app_proto_of(const Subject& s) {
    if (s.app != nullptr) return record::guess_of(s.app->event.app_proto, s.app->fields());
    return s.match == nullptr ? record::app_proto_of(s.record) : AppGuess{};
}

// What messages say: of one, of a flow, or of the packet that completes one.
constexpr Kind of_messages = Kind::flow | Kind::app | Kind::packet;

constexpr Field fields_of_protocols[] = {
    {"app_proto", FieldType::text,
     [](const Subject& s, Values& v) {
         if (const AppGuess guess = app_proto_of(s); guess.app_proto != AppProto::unknown)
             v.add_made(record::app_proto_name(guess));
     },
     "dns, tls, http, ...: by content, or else by nDPI, or by port", of_messages},
    {"app_proto_source", FieldType::text,
     [](const Subject& s, Values& v) {
         if (const AppGuess guess = app_proto_of(s); guess.app_proto != AppProto::unknown)
             v.add(record::app_proto_source_name(guess));
     },
     "content, ndpi or port: what tells app_proto", of_messages},
    {"app_name", FieldType::text,
     [](const Subject& s, Values& v) {
         if (const auto name = record::app_name(fields_of(s)); !name.empty()) v.add(name);
     },
     "the name asked for: SNI, host, or the first that was looked up", of_messages},
};

template <AppProto app_proto>
void get_presence(const Subject& s, Values& v) {
    const AppGuess guess = app_proto_of(s);
    if (guess.source != AppSource::port && guess.app_proto == app_proto) v.add(1);
}

// By content: a port alone is no proof.
constexpr Field presence_fields[] = {
#define BALEEN_APP_PROTO(number, id, name, event, description) \
    {name, FieldType::presence, get_presence<AppProto::id>, description, of_messages},
#include "baleen/app_protos.def"
#undef BALEEN_APP_PROTO
};

FieldType type_of(const FieldInfo& info) {
    using enum application::Kind;
    switch (info.kind) {
        case number: return info.path.ends_with("_ns") ? FieldType::duration : FieldType::number;
        case flag: return FieldType::flag;
        case time: return FieldType::time;
        case address: return FieldType::address;
        case text:
        case hex:
        case object:
        case raw: break;
    }
    return FieldType::text;
}

std::string without_marks(std::string_view path) {
    std::string out;
    for (const char c : path)
        if (c != '[' && c != ']') out += c;
    return out;
}

std::string describe(const FieldInfo& info) {
    const auto object = info.path.substr(0, info.path.find('.'));
    std::string_view of = object;
    for (const auto& proto : application::app_protos)
        if (proto.event == object && of == object) of = proto.description;
    return "of " + std::string(of) + (info.place == Place::event ? "; events only" : "");
}

// The fields, and what their names and numbers stand in.
struct Table {
    std::deque<std::string> texts;
    std::map<std::string_view, std::vector<uint16_t>> numbers;  // by name
    std::vector<Field> fields;
    std::vector<Alias> aliases;

    std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
    Field* find(std::string_view name) {
        const auto found = std::find_if(fields.begin(), fields.end(),
                                        [&](const Field& field) { return field.name == name; });
        return found == fields.end() ? nullptr : &*found;
    }
    void add(const FieldInfo& info) {
        const std::string name = without_marks(info.path);
        Field* field = find(name);
        const Kind kinds = info.place == Place::flow ? of_messages : Kind::app | Kind::packet;
        if (field == nullptr) {
            fields.push_back({keep(name), type_of(info), nullptr, keep(describe(info)), kinds});
            field = &fields.back();
        } else if (field->type != type_of(info)) {
            field->type = FieldType::data;  // DNS: the data of a record, a text or an address
        }
        field->kinds = field->kinds | kinds;
        numbers[field->name].push_back(static_cast<uint16_t>(info.id));
    }
    // Without what stands in the middle, and without units: "dns.rrname", "tls.ja3", "dns.latency".
    // The first of several has it.
    void add_alias(const FieldInfo& info) {
        const std::string name = without_marks(info.path);
        std::string shorter = without_marks(record::path_of_flow(info.path));
        if (shorter.ends_with(".hash")) shorter.resize(shorter.rfind('.'));
        if (shorter.ends_with("_ns")) shorter.resize(shorter.rfind('_'));
        const bool is_taken = find(shorter) != nullptr ||
                              std::any_of(aliases.begin(), aliases.end(), [&](const Alias& alias) {
                                  return alias.name == shorter;
                              });
        if (!is_taken) aliases.push_back({keep(shorter), find(name)->name});
    }
};

Table make_table() {
    Table table;
    for (const Field& field : fields_of_protocols) table.fields.push_back(field);
    for (const Field& field : presence_fields) table.fields.push_back(field);
    for (const FieldInfo& info : application::fields)
        if (info.kind != application::Kind::raw && info.kind != application::Kind::object)
            table.add(info);
    for (const FieldInfo& info : application::fields)
        if (info.kind != application::Kind::raw && info.kind != application::Kind::object)
            table.add_alias(info);
    for (Field& field : table.fields)
        if (field.get == nullptr) field.numbers = table.numbers.at(field.name);
    return table;
}

const Table& table() {
    static const Table made = make_table();
    return made;
}

void add_address(std::span<const uint8_t> bytes, Values& v) {
    std::array<uint8_t, 16> address{};
    address[10] = address[11] = 0xff;
    if (bytes.size() != 4 && bytes.size() != 16) return;
    std::copy(bytes.begin(), bytes.end(), address.end() - static_cast<ptrdiff_t>(bytes.size()));
    v.add(address.data(), bytes.size() == 4 ? 4 : 6);
}

void add_hex(std::span<const uint8_t> bytes, Values& v) {
    std::string out;
    for (const uint8_t byte : bytes)
        for (const int digit : {byte >> 4, byte & 15}) out += "0123456789abcdef"[digit];
    v.add_made(std::move(out));
}

// Before 1970 it is 1970; it ends in 2262, where 64 bits of nanoseconds do.
void add_second(int64_t second, Values& v) {
    constexpr int64_t second_ns = 1'000'000'000;
    v.add(static_cast<uint64_t>(std::clamp(second, int64_t{0}, INT64_MAX / second_ns) * second_ns));
}

void add_value(const FieldInfo& info, const FieldReader& field, Values& v) {
    using enum application::Kind;
    switch (info.kind) {
        case number:
        case flag: return v.add(field.integer());
        case time: return add_second(static_cast<int64_t>(field.integer()), v);
        case address: return add_address(field.value(), v);
        case text: return v.add(field.text());
        case hex: return add_hex(field.value(), v);
        case object:
        case raw: return;
    }
}

}  // namespace

void read_app_fields(std::span<const uint16_t> numbers, const Subject& subject, Values& values) {
    for (FieldReader field(fields_of(subject)); field.next();)
        if (std::find(numbers.begin(), numbers.end(), field.number()) != numbers.end())
            add_value(*application::find_field(field.number()), field, values);
}

std::span<const Field> app_fields() { return table().fields; }
std::span<const Alias> app_aliases() { return table().aliases; }

}  // namespace baleen::filter
