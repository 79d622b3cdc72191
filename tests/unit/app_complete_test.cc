#include "record/app_complete.h"

#include <gtest/gtest.h>

#include "baleen/application.h"
#include "record/app_json.h"
#include "tests/support/hello_builder.h"
#include "tests/support/sample_certificates.h"

namespace baleen::record {
namespace {

using application::Field;
using test::Bytes;

void add(Bytes& fields, Field field, const Bytes& value) {
    const application::FieldHead head{static_cast<uint16_t>(field),
                                      static_cast<uint16_t>(value.size())};
    const auto* at = reinterpret_cast<const uint8_t*>(&head);
    fields.insert(fields.end(), at, at + sizeof head);
    fields.insert(fields.end(), value.begin(), value.end());
}

std::string json_of(const Bytes& fields) {
    std::string text;
    append_app_json(text, complete_fields(fields));
    return text;
}

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST(AppComplete, PutsFingerprintsInThePlaceOfHellos) {
    Bytes fields;
    add(fields, Field::tls_sni, bytes("example.org"));
    add(fields, Field::tls_client_hello,
        test::pack({.legacy_version = 769, .ciphers = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}}));
    add(fields, Field::tls_server_hello,
        test::pack_server_hello(769, 47, {65281, 0, 11, 35, 5, 16}));
    add(fields, Field::tls_version, bytes("TLSv1"));
    EXPECT_EQ(json_of(fields),
              R"("tls":{"sni":"example.org","ja3":{"hash":"de350869b8c85de67a350c8d186f11e6"},)"
              R"("ja4":"t12i110000_3609b414f052_000000000000",)"
              R"("ja3s":{"hash":"836ce314215654b5b1f85f97c73e506f"},"version":"TLSv1"})");
}

TEST(AppComplete, NamesThoseOfQuicAfterQuic) {
    Bytes fields;
    add(fields, Field::quic_client_hello, test::pack({.transport = 'q', .version = 0x0304}));
    add(fields, Field::quic_server_hello, test::pack_server_hello(769, 47, {}));
    const std::string text = json_of(fields);
    EXPECT_TRUE(text.starts_with(R"("quic":{"ja3":{"hash":")")) << text;
    EXPECT_NE(text.find(R"("ja4":"q13i000000_000000000000_000000000000","ja3s":{"hash":")"),
              std::string::npos)
        << text;
}

TEST(AppComplete, ReadsCertificatesAlsoThoseBefore1970) {
    Bytes fields;
    add(fields, Field::tls_certificate, test::der_of(test::certificate_of_1950));
    const std::string text = json_of(fields);
    EXPECT_NE(
        text.find(R"("notbefore":"1950-01-01T00:00:00","notafter":"1960-01-01T00:00:00",)"
                  R"("subjectaltname":["https://example.org/","a@example.org","2001:db8::1"])"),
        std::string::npos)
        << text;
}

TEST(AppComplete, LeavesOutWhatNothingCanBeMadeOfAndKeepsTheRest) {
    Bytes fields;
    for (const Field field : {Field::tls_client_hello, Field::tls_server_hello,
                              Field::tls_certificate, Field::quic_client_hello})
        add(fields, field, bytes("nonsense"));
    add(fields, Field::tls_sni, bytes("x"));
    EXPECT_EQ(json_of(fields), R"("tls":{"sni":"x"})");
}

// More different ones than there are places, each of them twice, and the same bytes in two fields.
TEST(AppComplete, MakesTheSameOfWhatItKnows) {
    CompletedFields known;
    for (uint16_t i = 0; i < 2000; i++) {
        Bytes fields;
        const Bytes hello = test::pack_server_hello(769, i / 2, {});
        add(fields, Field::tls_server_hello, hello);
        add(fields, Field::tls_sni, bytes("example.org"));
        add(fields, Field::quic_server_hello, hello);
        add(fields, Field::quic_server_hello, {});
        ASSERT_EQ(complete_fields(fields, &known), complete_fields(fields)) << i;
    }
}

}  // namespace
}  // namespace baleen::record
