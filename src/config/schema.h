// The list of keys: name, where its value lives, bounds, and the sentence that explains it.
//
// Everything that knows about keys is made from this list: the loader, its suggestions, --set, and
// the three faces of `baleen config` (show, explain, and the commented file).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.h"

namespace baleen::config {

// Where a value lives, and by that, how it is written.
struct Flag {
    bool* value;
};
struct Count {
    uint64_t* value;
    uint64_t minimum;
    uint64_t maximum;
};
struct Bytes {
    uint64_t* value;
    uint64_t minimum;
    uint64_t maximum;
    bool power_of_two = false;
};
struct Duration {
    int64_t* value;
    int64_t minimum;
};
struct Text {
    std::string* value;
};
struct Choice {
    std::string* value;
    std::vector<std::string_view> choices;
};
struct TextList {
    std::vector<std::string>* value;
};

struct Key {
    std::string_view name;  // "section.key"
    std::variant<Flag, Count, Bytes, Duration, Text, Choice, TextList> target;
    std::string_view description;
    bool is_secret = false;  // not shown to others
};

// All keys, bound to the fields of `settings`, in the order of the configuration file.
std::vector<Key> keys_of(Settings& settings);
// Those of the control process, the last of them (schema_control.cc).
std::vector<Key> control_keys(Settings& settings);

// The value as TOML writes it.
std::string format_value(const Key& key);

// What may be written there: "duration, at least 1ms, or \"off\"".
std::string format_kind(const Key& key);

}  // namespace baleen::config
