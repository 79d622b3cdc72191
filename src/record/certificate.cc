#include "record/certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

namespace baleen::record {
namespace {

using Bytes = std::span<const uint8_t>;

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using X509Pointer = std::unique_ptr<X509, Free<X509_free>>;
using BioPointer = std::unique_ptr<BIO, Free<BIO_free_all>>;
using NamesPointer = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;

std::string bounded(std::string_view text) {
    return std::string(text.substr(0, certificate_text_bytes_max));
}

Bytes bytes_of(const ASN1_STRING* string) {
    const int length = ASN1_STRING_length(string);
    return {ASN1_STRING_get0_data(string), length > 0 ? static_cast<size_t>(length) : 0};
}

std::string text_of(const ASN1_STRING* string) {
    const Bytes bytes = bytes_of(string);
    return bounded({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// As Suricata has it: short names of attributes in the certificate's order, text in UTF-8.
std::string text_of(const X509_NAME* name) {
    constexpr unsigned long flags =
        XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_ESC_CTRL;
    const BioPointer out(BIO_new(BIO_s_mem()));
    if (out == nullptr || X509_NAME_print_ex(out.get(), name, 0, flags) < 0) return {};
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return length > 0 ? bounded({text, static_cast<size_t>(length)}) : std::string();
}

// The bytes of the encoded integer (X.690 section 8.3): a zero in front where the first bit is set.
std::string serial_of(const X509* certificate) {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
    unsigned char* der = nullptr;
    const int length = i2d_ASN1_INTEGER(serial, &der);
    constexpr int head_bytes = 2;  // tag and length: no serial is longer than 127 bytes
    std::string text;
    if (length > head_bytes && der[1] < 0x80)
        text = fmt::format("{:02X}",
                           fmt::join(Bytes(der + head_bytes, size_t(length - head_bytes)), ":"));
    OPENSSL_free(der);
    return text;
}

std::string fingerprint_of(const X509* certificate) {
    std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
    unsigned count = 0;
    if (X509_digest(certificate, EVP_sha1(), digest.data(), &count) != 1) return {};
    return fmt::format("{:02x}", fmt::join(Bytes(digest).first(count), ":"));
}

std::optional<int64_t> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return ::timegm(&parts);
}

std::string address_text(Bytes address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.size() == 4) ::inet_ntop(AF_INET, address.data(), text.data(), text.size());
    if (address.size() == 16) ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    return text.data();
}

std::string name_text(const GENERAL_NAME* name) {
    switch (name->type) {
        case GEN_DNS: return text_of(name->d.dNSName);
        case GEN_URI: return text_of(name->d.uniformResourceIdentifier);
        case GEN_EMAIL: return text_of(name->d.rfc822Name);
        case GEN_IPADD: return address_text(bytes_of(name->d.iPAddress));
        default: return {};
    }
}

std::vector<std::string> names_of(const X509* certificate) {
    const NamesPointer names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::vector<std::string> texts;
    const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
    for (int i = 0; i < count && texts.size() < certificate_name_count_max; i++) {
        std::string text = name_text(sk_GENERAL_NAME_value(names.get(), i));
        if (!text.empty()) texts.push_back(std::move(text));
    }
    return texts;
}

}  // namespace

std::optional<Certificate> read_certificate(Bytes der) {
    const unsigned char* at = der.data();
    const X509Pointer x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    // What the library has to say of nonsense is no error of this process.
    ERR_clear_error();
    if (x509 == nullptr || at != der.data() + der.size()) return std::nullopt;
    Certificate certificate;
    certificate.subject = text_of(X509_get_subject_name(x509.get()));
    certificate.issuer = text_of(X509_get_issuer_name(x509.get()));
    certificate.serial = serial_of(x509.get());
    certificate.fingerprint = fingerprint_of(x509.get());
    certificate.not_before_s = seconds_of(X509_get0_notBefore(x509.get()));
    certificate.not_after_s = seconds_of(X509_get0_notAfter(x509.get()));
    certificate.names = names_of(x509.get());
    ERR_clear_error();
    return certificate;
}

}  // namespace baleen::record
