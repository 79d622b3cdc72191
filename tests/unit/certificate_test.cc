#include "record/certificate.h"

#include <gtest/gtest.h>

#include "tests/support/sample_certificates.h"

namespace baleen::record {
namespace {

using test::der_of;

// As `openssl x509 -text -fingerprint` has it.
TEST(Certificate, IsReadAsOpensslReadsIt) {
    const auto certificate = read_certificate(der_of(test::certificate_of_example));
    ASSERT_TRUE(certificate);
    EXPECT_EQ(certificate->subject, "C=XX, O=Example, Inc., CN=www.example.org");
    EXPECT_EQ(certificate->issuer, certificate->subject);
    EXPECT_EQ(certificate->serial, "00:82:C0:FF:EE:5E:ED");
    EXPECT_EQ(certificate->fingerprint,
              "6d:12:66:e0:fc:fb:83:3e:14:cd:08:bd:67:56:2f:29:57:0e:78:7f");
    EXPECT_EQ(certificate->not_before_s, 1'735'689'600);
    EXPECT_EQ(certificate->not_after_s, 2'051'222'400);
    EXPECT_EQ(certificate->names,
              (std::vector<std::string>{"www.example.org", "example.org", "192.0.2.1"}));
}

TEST(Certificate, MayBeOlderThan1970AndNamedInOtherLetters) {
    const auto certificate = read_certificate(der_of(test::certificate_of_1950));
    ASSERT_TRUE(certificate);
    EXPECT_EQ(certificate->subject,
              "C=XX, O=B\xc3\xbc"
              "cher, CN=old");
    EXPECT_EQ(certificate->serial, "32");
    EXPECT_EQ(certificate->not_before_s, -631'152'000);
    EXPECT_EQ(certificate->not_after_s, -315'619'200);
    EXPECT_EQ(certificate->names,
              (std::vector<std::string>{"https://example.org/", "a@example.org", "2001:db8::1"}));
}

TEST(Certificate, IsNoneIfCutOrFollowedByMore) {
    const std::vector<uint8_t> whole = der_of(test::certificate_of_example);
    for (size_t size = 0; size < whole.size(); size++)
        EXPECT_FALSE(read_certificate({whole.data(), size})) << size;
    std::vector<uint8_t> longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(read_certificate(longer));
}

TEST(Certificate, OfDamagedBytesIsBounded) {
    const std::vector<uint8_t> whole = der_of(test::certificate_of_example);
    for (size_t at = 0; at < whole.size(); at++) {
        std::vector<uint8_t> damaged = whole;
        damaged[at] ^= 0xff;
        const auto certificate = read_certificate(damaged);
        if (!certificate) continue;
        EXPECT_LE(certificate->subject.size(), certificate_text_bytes_max);
        EXPECT_LE(certificate->names.size(), certificate_name_count_max);
    }
}

}  // namespace
}  // namespace baleen::record
