// Events of application protocols, and fields, for tests: each says only what it is about, the rest
// is a valid event.
//
//     AppBuilder(AppProto::dns).flow(7).with(FieldBuilder().text(Field::dns_rrname, "example.com"))
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "record/app_event.h"
#include "tests/unit/address.h"
#include "tests/unit/random.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/times.h"

namespace baleen::test {

using application::AppProto;
using application::Field;

// Fields one after the other, composed by hand as docs/formats.md has them.
class FieldBuilder {
public:
    FieldBuilder& put(uint16_t number, std::string_view value) {
        const uint16_t head[2] = {number, static_cast<uint16_t>(value.size())};
        const auto* bytes = reinterpret_cast<const uint8_t*>(head);
        bytes_.insert(bytes_.end(), bytes, bytes + sizeof head);
        bytes_.insert(bytes_.end(), value.begin(), value.end());
        return *this;
    }
    FieldBuilder& text(Field field, std::string_view value) {
        return put(static_cast<uint16_t>(field), value);
    }
    FieldBuilder& object(Field field) { return text(field, ""); }
    template <class Integer>
    FieldBuilder& number(Field field, Integer value) {
        return text(field, {reinterpret_cast<const char*>(&value), sizeof value});
    }
    FieldBuilder& address(Field field, const std::string& text_address) {
        char bytes[16];
        const bool is_v4 = ::inet_pton(AF_INET, text_address.c_str(), bytes) == 1;
        EXPECT_TRUE(is_v4 || ::inet_pton(AF_INET6, text_address.c_str(), bytes) == 1);
        return text(field, {bytes, is_v4 ? size_t{4} : size_t{16}});
    }
    const std::vector<uint8_t>& bytes() const { return bytes_; }

private:
    std::vector<uint8_t> bytes_;
};

class AppBuilder {
public:
    static constexpr int64_t start_ns = test::start_ns;  // 2023-11-14T22:13:20Z

    explicit AppBuilder(AppProto app_proto = AppProto::dns) {
        event_.flow_id = 1;
        event_.time_ns = start_ns;
        event_.protocol = 17;
        event_.app_proto = app_proto;
        for (uint16_t& id : event_.vlan_ids) id = record::vlan_absent;
        from("10.0.0.1", 40000).to("10.0.0.2", 53);
    }

    AppBuilder& flow(uint64_t id) { return set(event_.flow_id, id); }
    AppBuilder& at(int64_t time_ns) { return set(event_.time_ns, time_ns); }
    AppBuilder& after_s(double seconds) {
        return at(start_ns + static_cast<int64_t>(seconds * 1e9));
    }
    AppBuilder& from(const std::string& address, uint16_t port) {
        set_address(event_.initiator_address, address);
        return set(event_.initiator_port, port);
    }
    AppBuilder& to(const std::string& address, uint16_t port) {
        set_address(event_.responder_address, address);
        return set(event_.responder_port, port);
    }
    AppBuilder& protocol(uint8_t number) { return set(event_.protocol, number); }
    AppBuilder& number(uint32_t of_flow) { return set(event_.number, of_flow); }
    AppBuilder& suppressed(uint32_t events) { return set(event_.suppressed, events); }
    AppBuilder& flags(uint16_t bits) { return set(event_.flags, bits); }
    AppBuilder& port_index(uint16_t index) { return set(event_.port_index, index); }
    AppBuilder& vlan(uint16_t id) { return set(event_.vlan_ids[0], id); }
    AppBuilder& with(const FieldBuilder& fields) { return with(fields.bytes()); }
    AppBuilder& with(const std::vector<uint8_t>& fields) {
        fields_ = fields;
        return *this;
    }

    operator record::AppMessage() const {
        record::AppMessage message{.event = event_, .room = {}};
        message.event.field_bytes = static_cast<uint16_t>(fields_.size());
        std::copy_n(fields_.begin(), std::min(fields_.size(), message.room.size()),
                    message.room.begin());
        return message;
    }

private:
    template <class T>
    AppBuilder& set(T& field, T value) {
        field = value;
        return *this;
    }
    void set_address(uint8_t* out, const std::string& text) {
        event_.ip_version = write_address(out, text);
    }

    record::AppEvent event_{};
    std::vector<uint8_t> fields_;
};

// A flow that spoke it.
inline record::FlowRecord with_application(record::FlowRecord record, AppProto app_proto,
                                           const FieldBuilder& fields, uint32_t events = 1) {
    record.flags |= record::has_application;
    record.application.app_proto = app_proto;
    record.application.events = events;
    record.application.field_bytes = static_cast<uint16_t>(fields.bytes().size());
    EXPECT_LE(fields.bytes().size(), record.application.fields.size());
    std::copy(fields.bytes().begin(), fields.bytes().end(), record.application.fields.begin());
    return record;
}

// A question and its answers.
inline FieldBuilder dns_answer(const std::string& name = "www.example.com") {
    return FieldBuilder()
        .text(Field::dns_type, "response")
        .number(Field::dns_id, uint16_t{7})
        .text(Field::dns_rcode, "NOERROR")
        .object(Field::dns_queries)
        .text(Field::dns_rrname, name)
        .text(Field::dns_rrtype, "A")
        .object(Field::dns_answers)
        .text(Field::dns_answer_rrname, name)
        .text(Field::dns_answer_rrtype, "CNAME")
        .number(Field::dns_answer_ttl, uint32_t{300})
        .text(Field::dns_answer_rdata, "cdn.example.net")
        .object(Field::dns_answers)
        .text(Field::dns_answer_rrname, "cdn.example.net")
        .text(Field::dns_answer_rrtype, "A")
        .number(Field::dns_answer_ttl, uint32_t{60})
        .address(Field::dns_answer_address, "192.0.2.1")
        .number(Field::dns_latency, uint32_t{12'300'000});
}

// Any fields that record::are_whole() lets pass, known and unknown, of up to `bytes_max` bytes.
inline FieldBuilder random_fields(Random& random, size_t bytes_max, bool of_flow = false) {
    FieldBuilder out;
    for (int i = 0; i < 20; i++) {
        const auto& info = application::fields[random.below(std::size(application::fields))];
        if (of_flow && info.place != application::Place::flow) continue;
        std::string value = random.bytes(30);
        switch (info.kind) {
            case application::Kind::number:
            case application::Kind::flag:
            case application::Kind::time: value.resize(size_t{1} << random.below(4)); break;
            case application::Kind::address: value.resize(random.one_in(2) ? 4 : 16); break;
            case application::Kind::object: value.clear(); break;
            default: break;
        }
        if (out.bytes().size() + 4 + value.size() > bytes_max) break;
        out.put(random.one_in(10) ? 1150 : static_cast<uint16_t>(info.id), value);
    }
    return out;
}

inline record::AppMessage random_app_event(Random& random) {
    AppBuilder builder(
        random.one_in(10)
            ? AppProto{999}
            : application::app_protos[random.below(std::size(application::app_protos))].id);
    if (random.one_in(2)) builder.from("2001:db8::1", 1).to("2001:db8::2", 2);
    return builder.flow(random.of_bits(53))
        .at(static_cast<int64_t>(random.of_bits(62)))
        .number(static_cast<uint32_t>(random.of_bits(32)))
        .suppressed(static_cast<uint32_t>(random.of_bits(32)))
        .flags(static_cast<uint16_t>(random.below(4)))
        .vlan(static_cast<uint16_t>(random.below(4096)))
        .with(random_fields(random, record::app_field_bytes_max));
}

}  // namespace baleen::test
