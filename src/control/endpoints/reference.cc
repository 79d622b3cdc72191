// What others need to ask well: the configuration in effect, the fields of filters, whether a
// filter can be read, and the description of the API itself.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/schema.h"
#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/endpoints/openapi.h"
#include "filter/event_type.h"

namespace baleen::endpoints {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kinds[] = {"flow", "alert", "event", "packet"};

filter::Kind kind_of(std::string_view name) {
    if (name == "alert") return filter::Kind::alert;
    if (name == "event") return filter::Kind::event;
    if (name == "packet") return filter::Kind::packet;
    return filter::Kind::flow;
}

std::string_view name_of(filter::FieldType type) {
    switch (type) {
        case filter::FieldType::number: return "number";
        case filter::FieldType::duration: return "duration";
        case filter::FieldType::time: return "time";
        case filter::FieldType::address: return "address";
        case filter::FieldType::text: return "text";
        case filter::FieldType::data: return "data";
        case filter::FieldType::flag: return "flag";
        case filter::FieldType::protocol: return "protocol";
        case filter::FieldType::reason: return "reason";
        case filter::FieldType::presence: return "presence";
    }
    return "text";
}

// A secret shows only whether it is the default.
ordered_json key_json(const config::Key& key, const config::Key& by_default) {
    const std::string value = config::format_value(key);
    const std::string otherwise = config::format_value(by_default);
    const bool is_hidden = key.is_secret && value != otherwise;
    return {{"key", key.name},
            {"value", is_hidden ? "\"(hidden)\"" : value},
            {"default", otherwise},
            {"is_default", value == otherwise},
            {"takes", config::format_kind(key)},
            {"description", key.description}};
}

api::Response configuration(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    config::Settings settings = services.settings, defaults;
    const auto keys = config::keys_of(settings);
    const auto by_default = config::keys_of(defaults);
    ordered_json out = ordered_json::array();
    for (size_t i = 0; i < keys.size(); i++) out.push_back(key_json(keys[i], by_default[i]));
    return api::json_response(ordered_json{{"keys", std::move(out)}});
}

api::Response fields(const api::Request& request) {
    Arguments arguments(request);
    const std::string kind = arguments.choice("kind", kinds, "flow");
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    ordered_json out = ordered_json::array();
    for (const filter::Field* field : filter::fields(kind_of(kind)))
        out.push_back({{"name", field->name},
                       {"type", name_of(field->type)},
                       {"description", field->description}});
    ordered_json types = ordered_json::array();
    for (const filter::EventType& type : filter::event_types()) types.push_back(type.name);
    return api::json_response(
        ordered_json{{"fields", std::move(out)}, {"event_types", std::move(types)}});
}

// 200 in any case: the question is whether the filter is right.
api::Response check_filter(const api::Request& request) {
    Arguments arguments(request);
    const std::string kind = arguments.choice("kind", kinds, "flow");
    const std::string text = arguments.text("filter");
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    const auto parsed = filter::Filter::parse(text, kind_of(kind));
    const auto* error = std::get_if<filter::FilterError>(&parsed);
    if (error == nullptr) return api::json_response({{"valid", true}});
    return api::json_response(
        ordered_json{{"valid", false}, {"offset", error->offset}, {"message", error->message}});
}

}  // namespace

void add_reference(api::Router& router, const Services& services) {
    using api::Request;
    router.add({.pattern = "/api/v1/config", .handler = [&](const Request& request) {
                    return configuration(services, request);
                }});
    router.add({.pattern = "/api/v1/fields", .handler = fields});
    router.add({.pattern = "/api/v1/filter", .handler = check_filter});
    router.add({.pattern = "/api/v1/openapi.json",
                .role = api::Role::none,
                .handler = [](const Request&) -> api::Response {
                    return {.content_type = "application/json", .body = std::string(openapi)};
                },
                .threads = api::Threads::io});
}

void add_no_pages(api::Router& router) {
    router.add({.pattern = "/",
                .role = api::Role::none,
                .handler = [](const api::Request&) -> api::Response {
                    return {.content_type = "text/plain",
                            .body =
                                "Baleen was built without its dashboard. tools/dashboard "
                                "installs what that needs (Node.js 18 or later); build "
                                "again then, or name a folder of built pages (api.www).\n"
                                "The API is at /api/v1/, described by "
                                "/api/v1/openapi.json.\n"};
                },
                .threads = api::Threads::io});
}

}  // namespace baleen::endpoints
