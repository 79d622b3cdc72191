#include "control/api/transport.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

namespace baleen::api {
namespace {

namespace asio = boost::asio;

// `Stream`: a socket, or TLS over one.
template <class Stream>
class TransportOver : public Transport {
public:
    template <class... Arguments>
    explicit TransportOver(Arguments&&... arguments)
        : stream_(std::forward<Arguments>(arguments)...) {}

    void handshake(std::function<void(ErrorCode)> done) override {
        if constexpr (is_tls)
            stream_.async_handshake(asio::ssl::stream_base::server, std::move(done));
        else done({});
    }

    void read_some(asio::mutable_buffer into, Done done) override {
        stream_.async_read_some(asio::buffer(into), std::move(done));
    }

    void write(Buffers buffers, std::function<void()> progress, Done done) override {
        const auto go_on = [progress = std::move(progress)](ErrorCode error, size_t) -> size_t {
            if (error) return 0;
            progress();
            return asio::detail::default_max_transfer_size;
        };
        asio::async_write(stream_, std::move(buffers), go_on, std::move(done));
    }

    void bound_send_buffer(int bytes) override {
        ErrorCode ignored;
        socket().set_option(asio::socket_base::send_buffer_size(bytes), ignored);
    }

    void end_writing(std::shared_ptr<void> keep) override {
        if constexpr (is_tls) stream_.async_shutdown([keep = std::move(keep)](ErrorCode) {});
        else {
            ErrorCode ignored;
            stream_.shutdown(Socket::shutdown_send, ignored);
        }
    }

    void close() override {
        ErrorCode ignored;
        socket().close(ignored);
    }

    void abort() override {
        ErrorCode ignored;
        socket().set_option(asio::socket_base::linger(true, 0), ignored);
        close();
    }

private:
    static constexpr bool is_tls = !std::is_same_v<Stream, Socket>;
    Socket& socket() {
        if constexpr (is_tls) return stream_.next_layer();
        else return stream_;
    }
    Stream stream_;
};

// ALPN (RFC 7301): a client that offers protocols gets HTTP/1.1, if that is among them.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* in, unsigned in_length, void*) {
    static constexpr unsigned char offered[] = "\x08http/1.1";
    unsigned char* selected = nullptr;
    const int found =
        ::SSL_select_next_proto(&selected, out_length, offered, sizeof offered - 1, in, in_length);
    *out = selected;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

void FreeTls::operator()(TlsContext* context) const { delete context; }

std::unique_ptr<Transport> Transport::open(Socket socket, TlsContext* tls) {
    if (tls == nullptr) return std::make_unique<TransportOver<Socket>>(std::move(socket));
    return std::make_unique<TransportOver<asio::ssl::stream<Socket>>>(std::move(socket), *tls);
}

base::Result<TlsContextPtr> open_tls(const std::string& certificate,
                                     const std::string& private_key) {
    struct stat status {};
    if (::stat(private_key.c_str(), &status) == 0 && (status.st_mode & 007) != 0)
        return base::Error{fmt::format(
            "api.private_key: {0} can be read by everybody; chmod o= {0}", private_key)};
    TlsContextPtr context;
    try {
        context.reset(new TlsContext(asio::ssl::context::tls_server));
    } catch (const std::exception& error) {
        return base::Error{fmt::format("TLS cannot be set up: {}", error.what())};
    }
    ErrorCode error;
    context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1 |
                             asio::ssl::context::no_compression | SSL_OP_NO_RENEGOTIATION |
                             SSL_OP_CIPHER_SERVER_PREFERENCE,
                         error);
    context->use_certificate_chain_file(certificate, error);
    if (error)
        return base::Error{fmt::format("api.certificate: {}: {}", certificate, error.message())};
    context->use_private_key_file(private_key, asio::ssl::context::pem, error);
    if (error || ::SSL_CTX_check_private_key(context->native_handle()) != 1)
        return base::Error{
            fmt::format("api.private_key: {}: {}", private_key,
                        error ? error.message() : "does not belong to api.certificate")};
    // Idle connections keep no buffers.
    ::SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_alpn_select_cb(context->native_handle(), select_protocol, nullptr);
    return context;
}

bool is_end_of_stream(ErrorCode error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace baleen::api
