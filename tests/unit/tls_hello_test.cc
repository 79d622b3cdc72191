// The walkers beside hellos that are cut, too long or contradict themselves.
#include "dataplane/protocol/tls_hello.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/hello_builder.h"

namespace baleen::protocol {
namespace {

using test::Words;

void append_vector16(test::Bytes& out, const test::Bytes& bytes) {
    test::append(out, static_cast<uint16_t>(bytes.size()));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

test::Bytes words(const Words& values) {
    test::Bytes out;
    for (const uint16_t value : values) test::append(out, value);
    return out;
}

struct Extension {
    uint16_t type;
    test::Bytes content;
};

test::Bytes client_hello(const Words& ciphers, const std::vector<Extension>& extensions) {
    test::Bytes body;
    test::append(body, uint16_t{0x0303});
    body.resize(body.size() + 32);
    body.push_back(0);  // no session
    append_vector16(body, words(ciphers));
    test::append(body, test::Bytes{0});
    test::Bytes all;
    for (const Extension& extension : extensions) {
        test::append(all, extension.type);
        append_vector16(all, extension.content);
    }
    append_vector16(body, all);
    return body;
}

Extension server_name(const std::string& name) {
    test::Bytes entry{0}, content;
    append_vector16(entry, {name.begin(), name.end()});
    append_vector16(content, entry);
    return {tls::extension_server_name, content};
}

struct Told {
    std::string sni;
    test::Bytes packed;
    ClientHello hello;
};

Told walk(const test::Bytes& body, const HelloFields& fields = tls_hello_fields) {
    FieldWriter event;
    event.clear();
    Told told;
    // Memory of its own, so that a sanitizer sees who reads beyond it.
    const std::vector<uint8_t> own(body);
    told.hello = write_client_hello(event, fields, tls::HelloTransport::tls, own);
    told.hello.session_id = {};
    for (application::FieldReader field(event.fields()); field.next();) {
        if (field.is(fields.sni)) told.sni = field.text();
        if (field.is(fields.client_hello))
            told.packed.assign(field.value().begin(), field.value().end());
    }
    return told;
}

TEST(TlsHello, IsPackedWithoutGrease) {
    const Extension versions{tls::extension_supported_versions, {6, 0x0a, 0x0a, 3, 4, 3, 3}};
    const Told told = walk(
        client_hello({0x1a1a, 0x1301, 0x00ff}, {{0xfafa, {}}, server_name("a.example"), versions}));
    EXPECT_TRUE(told.hello.is_whole);
    EXPECT_EQ(told.hello.version, 0x0304);
    EXPECT_EQ(told.sni, "a.example");
    EXPECT_EQ(told.packed, test::pack({.ciphers = {0x1301, 0x00ff},
                                       .extensions = {0, tls::extension_supported_versions},
                                       .version = 0x0304}));
}

TEST(TlsHello, GoesByTheNamesOfTheEventThatCarriesIt) {
    const Told told = walk(client_hello({0x1301}, {server_name("a.example")}), quic_hello_fields);
    EXPECT_EQ(told.sni, "a.example");
    EXPECT_FALSE(told.packed.empty());
}

// A fingerprint of half a list would be wrong.
TEST(TlsHello, IsNotPackedIfItsListsAreTooLong) {
    const size_t fixed = test::pack({}).size() + 2;  // and one extension
    const size_t fit = (tls::hello_bytes_max - fixed) / 2;
    const Told fits = walk(client_hello(Words(fit, 0x002f), {server_name("a.example")}));
    EXPECT_EQ(fits.packed.size(), fixed + 2 * fit);
    const Told long_one = walk(client_hello(Words(fit + 1, 0x002f), {server_name("a.example")}));
    EXPECT_TRUE(long_one.packed.empty());
    EXPECT_EQ(long_one.sni, "a.example");
    EXPECT_TRUE(long_one.hello.is_whole);
}

TEST(TlsHello, IsReadAsFarAsItGoesIfItIsCut) {
    const test::Bytes whole = client_hello({0x1301}, {server_name("a.example"), {0x0017, {}}});
    EXPECT_FALSE(walk(whole).packed.empty());
    const size_t name_end = whole.size() - 4;
    for (size_t size = 0; size < whole.size(); size++) {
        const Told told = walk({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)});
        EXPECT_TRUE(told.packed.empty()) << size;
        EXPECT_EQ(told.sni, size >= name_end ? "a.example" : "") << size;
    }
}

TEST(TlsHello, HasNoExtensionsBeforeTls12) {
    test::Bytes body = client_hello({0x002f}, {});
    body.resize(body.size() - 2);
    EXPECT_EQ(walk(body).packed, test::pack({.ciphers = {0x002f}}));
}

TEST(TlsHello, NamesVersionsAsEveDoes) {
    EXPECT_EQ(tls_version_name(0x0301), "TLSv1");
    EXPECT_EQ(tls_version_name(0x0303), "TLS 1.2");
    EXPECT_EQ(tls_version_name(0x0304), "TLS 1.3");
    EXPECT_EQ(tls_version_name(0x7f12), "TLS 1.3 draft-18");
    EXPECT_EQ(tls_version_name(0x7f0e), "TLS 1.3 draft-<16");
    EXPECT_EQ(tls_version_name(0xfefd), "DTLS 1.2");
    EXPECT_EQ(tls_version_name(0x1234), "");
}

}  // namespace
}  // namespace baleen::protocol
