// The bytes of one connection, over TCP or TLS; the session does not see which.
//
// One read and one write may be under way at a time. After close() the functions that still wait
// are called with an error.
#pragma once

// <utility> first: Asio 1.74 forgets it.
#include <utility>
//
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"

namespace boost::asio::ssl {
class context;
}

namespace baleen::api {

using ErrorCode = boost::system::error_code;
using Socket = boost::asio::ip::tcp::socket;
using TlsContext = boost::asio::ssl::context;

struct FreeTls {
    void operator()(TlsContext* context) const;
};
using TlsContextPtr = std::unique_ptr<TlsContext, FreeTls>;

// TLS 1.2 and later, HTTP/1.1 by ALPN.
base::Result<TlsContextPtr> open_tls(const std::string& certificate,
                                     const std::string& private_key);

class Transport {
public:
    using Done = std::function<void(ErrorCode, size_t)>;
    using Buffers = std::vector<boost::asio::const_buffer>;

    static std::unique_ptr<Transport> open(Socket socket, TlsContext* tls);
    virtual ~Transport() = default;

    virtual void handshake(std::function<void(ErrorCode)> done) = 0;
    virtual void read_some(boost::asio::mutable_buffer into, Done done) = 0;
    // All of the buffers; `progress` is called whenever a part has gone.
    virtual void write(Buffers buffers, std::function<void()> progress, Done done) = 0;
    // What the kernel takes ahead of the client; else it grows to megabytes.
    virtual void bound_send_buffer(int bytes) = 0;
    // Nothing more will be written. `keep` is what owns this.
    virtual void end_writing(std::shared_ptr<void> keep) = 0;
    virtual void close() = 0;
    // Closes such that the client cannot take what it has for the whole (RST).
    virtual void abort() = 0;
};

bool is_end_of_stream(ErrorCode error);

}  // namespace baleen::api
