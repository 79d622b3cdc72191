// HTTPS with a certificate of the test's own.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tests/unit/api_client.h"
#include "tests/unit/temp_folder.h"

namespace baleen::api {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::eventually;
using test::ServerRun;

template <auto free_it>
struct Free {
    template <class T>
    void operator()(T* value) const {
        free_it(value);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

// Signed by itself, for localhost.
void write_certificate(const std::string& certificate, const std::string& private_key) {
    const Key key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Free<X509_free>> x509(X509_new());
    X509_set_version(x509.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
    X509_set_pubkey(x509.get(), key.get());
    X509_NAME* name = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(x509.get(), name);
    ASSERT_GT(X509_sign(x509.get(), key.get(), EVP_sha256()), 0);
    using File = std::unique_ptr<FILE, Free<fclose>>;
    PEM_write_X509(File(::fopen(certificate.c_str(), "w")).get(), x509.get());
    PEM_write_PrivateKey(File(::fopen(private_key.c_str(), "w")).get(), key.get(), nullptr, nullptr,
                         0, nullptr, nullptr);
    std::filesystem::permissions(private_key, std::filesystem::perms(0600));
}

// A blocking client over OpenSSL; no Asio on this side.
class TlsClient {
public:
    explicit TlsClient(uint16_t port, const std::string& trusted = "", int version_max = 0)
        : context_(SSL_CTX_new(TLS_client_method())),
          socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        const timeval wait{10, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        if (version_max != 0) {
            SSL_CTX_set_security_level(context_.get(), 0);
            SSL_CTX_set_max_proto_version(context_.get(), version_max);
        }
        if (!trusted.empty()) {
            SSL_CTX_load_verify_locations(context_.get(), trusted.c_str(), nullptr);
            SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        }
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), socket_.get());
        SSL_set1_host(ssl_.get(), "localhost");
        const unsigned char protocols[] = "\x02h2\x08http/1.1";
        SSL_set_alpn_protos(ssl_.get(), protocols, sizeof protocols - 1);
        is_up_ = SSL_connect(ssl_.get()) == 1;
    }
    bool is_up() const { return is_up_; }
    void send(const std::string& text) {
        EXPECT_EQ(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())),
                  static_cast<int>(text.size()));
    }
    bool receive_until(const std::string& text) {
        char bytes[16384];
        while (in_.find(text) == std::string::npos) {
            const int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
            if (got <= 0) {
                ended_properly_ = SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN;
                return false;
            }
            in_.append(bytes, static_cast<size_t>(got));
        }
        return true;
    }
    std::string receive_all() {
        receive_until("text that does not come");
        return in_;
    }
    bool ended_properly() const { return ended_properly_; }
    std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &length);
        return std::string(reinterpret_cast<const char*>(name), length);
    }

private:
    std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> context_;
    base::FileDescriptor socket_;
    std::unique_ptr<SSL, Free<SSL_free>> ssl_;
    bool is_up_ = false, ended_properly_ = false;
    std::string in_;
};

class TlsTest : public ::testing::Test, public ServerRun {
protected:
    void SetUp() override {
        settings.certificate = folder.path("certificate.pem");
        settings.private_key = folder.path("key.pem");
        write_certificate(settings.certificate, settings.private_key);
        router.add({Method::get, "/large", Role::read, [](const Request&) {
                        Response response;
                        response.body.assign(3'000'000, 'x');
                        return response;
                    }});
    }
    const std::string request_ =
        "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    test::TempFolder folder;
};

TEST_F(TlsTest, AnswersAndEndsProperly) {
    TlsClient client(start(), settings.certificate);
    ASSERT_TRUE(client.is_up());
    EXPECT_EQ(client.protocol(), "http/1.1");
    client.send(request_);
    const std::string all = client.receive_all();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(std::count(all.begin(), all.end(), 'x') / 1000, 3000);
    EXPECT_TRUE(client.ended_properly());
}

TEST_F(TlsTest, SendsEvents) {
    const uint16_t port = start();
    TlsClient client(port);
    client.send("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(client.receive_until("retry"));
    for (int i = 0; i < 100; i++) hub.publish("n", std::to_string(i));
    EXPECT_TRUE(client.receive_until("data: 99\n"));
}

TEST_F(TlsTest, RefusesWhatIsNotTls12OrLater) {
    const uint16_t port = start();
    EXPECT_FALSE(TlsClient(port, "", TLS1_1_VERSION).is_up());
    EXPECT_TRUE(TlsClient(port, "", TLS1_2_VERSION).is_up());
    Client plain(port);
    plain.send(request_);
    EXPECT_EQ(plain.receive_all().find("HTTP/1.1 200"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return refused(Refusal::tls_handshake) == 2; }));
}

TEST_F(TlsTest, CutsOffASlowHandshake) {
    limits.header_timeout = 100ms;
    Client client(start());
    client.send("\x16\x03\x01");
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(refused(Refusal::tls_handshake), 1u);
}

TEST_F(TlsTest, SaysWhatIsWrongWithItsFiles) {
    const auto message = [&] {
        const auto opened = Server::open(settings, router, hub, [](const std::string&) {});
        return opened ? "it opened" : opened.error().message;
    };
    std::filesystem::permissions(settings.private_key, std::filesystem::perms(0604));
    EXPECT_NE(message().find("can be read by everybody"), std::string::npos) << message();
    std::filesystem::permissions(settings.private_key, std::filesystem::perms(0600));
    const std::string key = settings.private_key;
    settings.private_key = folder.path("other.pem");
    write_certificate(folder.path("other-certificate.pem"), settings.private_key);
    EXPECT_NE(message().find("api.private_key"), std::string::npos) << message();
    settings.private_key = key;
    settings.certificate = folder.path("nothing.pem");
    EXPECT_NE(message().find("api.certificate"), std::string::npos) << message();
}

}  // namespace
}  // namespace baleen::api
