#include "record/app_complete.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "baleen/application.h"
#include "record/certificate.h"
#include "record/fingerprint.h"
#include "record/hassh.h"

namespace baleen::record {
namespace {

using application::Field;
using application::FieldHead;
using application::FieldReader;
using Bytes = std::span<const uint8_t>;

class FieldList {
public:
    void bytes(uint16_t number, Bytes value) {
        const FieldHead head{number, static_cast<uint16_t>(value.size())};
        const auto* at = reinterpret_cast<const uint8_t*>(&head);
        fields_.insert(fields_.end(), at, at + sizeof head);
        fields_.insert(fields_.end(), value.begin(), value.end());
    }
    // Nothing of an empty text.
    void text(Field field, std::string_view value) {
        if (value.empty()) return;
        bytes(static_cast<uint16_t>(field),
              {reinterpret_cast<const uint8_t*>(value.data()), value.size()});
    }
    void time(Field field, std::optional<int64_t> second) {
        if (!second) return;
        bytes(static_cast<uint16_t>(field),
              {reinterpret_cast<const uint8_t*>(&*second), sizeof *second});
    }
    void append(Bytes fields) { fields_.insert(fields_.end(), fields.begin(), fields.end()); }
    std::vector<uint8_t> take() { return std::move(fields_); }

private:
    std::vector<uint8_t> fields_;
};

void add_certificate(FieldList& list, Bytes der) {
    const auto certificate = read_certificate(der);
    if (!certificate) return;
    list.text(Field::tls_subject, certificate->subject);
    list.text(Field::tls_issuerdn, certificate->issuer);
    list.text(Field::tls_serial, certificate->serial);
    list.text(Field::tls_fingerprint, certificate->fingerprint);
    list.time(Field::tls_notbefore, certificate->not_before_s);
    list.time(Field::tls_notafter, certificate->not_after_s);
    for (const std::string& name : certificate->names) list.text(Field::tls_subjectaltname, name);
}

bool is_raw(const FieldReader& field) {
    const auto* info = application::find_field(field.number());
    return info != nullptr && info->kind == application::Kind::raw;
}

// What nobody knows how to complete stands for itself.
std::vector<uint8_t> make(const FieldReader& field) {
    FieldList list;
    switch (Field{field.number()}) {
        case Field::tls_client_hello:
            list.text(Field::tls_ja3, make_ja3(field.value()));
            list.text(Field::tls_ja4, make_ja4(field.value()));
            break;
        case Field::tls_server_hello: list.text(Field::tls_ja3s, make_ja3s(field.value())); break;
        case Field::quic_client_hello:
            list.text(Field::quic_ja3, make_ja3(field.value()));
            list.text(Field::quic_ja4, make_ja4(field.value()));
            break;
        case Field::quic_server_hello: list.text(Field::quic_ja3s, make_ja3s(field.value())); break;
        case Field::tls_certificate: add_certificate(list, field.value()); break;
        default: list.bytes(field.number(), field.value());
    }
    return list.take();
}

}  // namespace

Bytes CompletedFields::of(const FieldReader& raw) {
    const Bytes value = raw.value();
    const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
    Entry& entry = entries_[std::hash<std::string_view>()(text) % entry_count];
    if (entry.number != raw.number() || !std::ranges::equal(entry.raw, value)) {
        entry.number = raw.number();
        entry.raw.assign(value.begin(), value.end());
        entry.made = make(raw);
    }
    return entry.made;
}

std::vector<uint8_t> complete_fields(Bytes fields, CompletedFields* known) {
    FieldList list;
    for (FieldReader field(fields); field.next();) {
        if (!is_raw(field)) list.bytes(field.number(), field.value());
        else if (known != nullptr) list.append(known->of(field));
        else list.append(make(field));
    }
    std::vector<uint8_t> completed = list.take();
    add_hassh(completed);
    return completed;
}

}  // namespace baleen::record
