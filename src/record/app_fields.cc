#include "record/app_fields.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "record/app_complete.h"
#include "record/app_ports.h"

namespace baleen::record {
namespace {

using application::AppProto;
using application::Field;
using application::FieldInfo;
using application::FieldReader;
using application::Kind;
using application::Place;

bool length_fits(Kind kind, size_t bytes) {
    switch (kind) {
        case Kind::number:
        case Kind::flag:
        case Kind::time: return bytes <= 8 && std::has_single_bit(bytes);
        case Kind::address: return bytes == 4 || bytes == 16;
        case Kind::object: return bytes == 0;
        case Kind::text:
        case Kind::hex:
        case Kind::raw: break;
    }
    return true;
}

// As nDPI's names are: it may stand in JSON and CSV as it is.
bool is_plain(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._-+/ ").find(c) != std::string_view::npos;
    });
}

}  // namespace

bool are_whole(std::span<const uint8_t> fields) {
    FieldReader field(fields);
    while (field.next()) {
        const FieldInfo* info = application::find_field(field.number());
        if (info != nullptr && !length_fits(info->kind, field.value().size())) return false;
    }
    return !field.is_cut();
}

bool are_of_flows(std::span<const uint8_t> fields) {
    for (FieldReader field(fields); field.next();) {
        const FieldInfo* info = application::find_field(field.number());
        if (info != nullptr && info->place != Place::flow) return false;
    }
    return true;
}

Fitted fit_fields(std::span<const uint8_t> fields, bool of_flow, std::span<uint8_t> to) {
    size_t used = 0;
    bool is_cut = false;
    for (FieldReader field(fields); field.next();) {
        const FieldInfo* info = application::find_field(field.number());
        if (info != nullptr && (info->kind == Kind::raw || (of_flow && info->place != Place::flow)))
            continue;
        const auto value = field.value();
        const application::FieldHead head{field.number(), static_cast<uint16_t>(value.size())};
        if (sizeof head + value.size() > to.size() - used) {
            is_cut = true;
            continue;
        }
        std::memcpy(to.data() + used, &head, sizeof head);
        used += sizeof head;
        if (!value.empty()) std::memcpy(to.data() + used, value.data(), value.size());
        used += value.size();
    }
    return {static_cast<uint16_t>(used), is_cut};
}

bool is_incomplete(std::span<const uint8_t> fields) {
    for (FieldReader field(fields); field.next();) {
        const FieldInfo* info = application::find_field(field.number());
        if (info != nullptr && info->kind == Kind::raw) return true;
        // A HASSH is made of lists that stay.
        if (field.is(Field::ssh_client_kex) || field.is(Field::ssh_server_kex)) return true;
    }
    return false;
}

void complete(Application& application, CompletedFields* known) {
    const auto fields = std::span(application.fields).first(application.field_bytes);
    if (!is_incomplete(fields)) return;
    const auto completed = complete_fields(fields, known);
    application.fields = {};
    application.field_bytes = fit_fields(completed, true, application.fields).bytes;
}

std::span<const uint8_t> fields_of(const FlowRecord& record) {
    if ((record.flags & has_application) == 0) return {};
    const Application& application = record.application;
    return std::span(application.fields)
        .first(std::min<size_t>(application.field_bytes, application.fields.size()));
}

std::string app_proto_name(AppProto app_proto) {
    const auto* info = application::find_app_proto(app_proto);
    return info != nullptr ? std::string(info->name)
                           : std::to_string(static_cast<uint16_t>(app_proto));
}

AppGuess guess_of(AppProto app_proto, std::span<const uint8_t> fields) {
    if (app_proto != AppProto::ndpi) return {app_proto, AppSource::content};
    AppGuess guess{app_proto, AppSource::ndpi};
    for (FieldReader field(fields); field.next();)
        if (field.is(Field::ndpi_protocol) && is_plain(field.text()))
            guess.ndpi_name = field.text();
    return guess;
}

AppGuess app_proto_of(const FlowRecord& record) {
    if ((record.flags & has_application) != 0)
        return guess_of(record.application.app_proto, fields_of(record));
    if ((record.flags & ports_absent) != 0) return {};
    return {expected_app_proto(record.protocol, record.initiator_port, record.responder_port),
            AppSource::port};
}

std::string app_proto_name(const AppGuess& guess) {
    return guess.ndpi_name.empty() ? app_proto_name(guess.app_proto) : std::string(guess.ndpi_name);
}

std::string_view app_name(std::span<const uint8_t> fields) {
    for (FieldReader field(fields); field.next();)
        for (const Field name :
             {Field::tls_sni, Field::quic_sni, Field::http_hostname, Field::dns_rrname})
            if (field.is(name) && !field.value().empty()) return field.text();
    return {};
}

}  // namespace baleen::record
