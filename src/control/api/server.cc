// <utility> first: Asio 1.74 forgets it.
#include <utility>
//
#include "control/api/server.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <thread>
#include <unordered_map>

#include "config/api.h"
#include "control/api/session.h"

namespace baleen::api {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

// Files that the process needs besides connections: databases, rings, sockets.
constexpr uint64_t files_besides = 256;

constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 2\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\n\r\n";

// Who counts as one client: an address, or a network that one host has to itself (RFC 6177).
std::string client_key(const asio::ip::address& address) {
    if (!address.is_v6()) return address.to_string();
    const auto bytes = address.to_v6().to_bytes();
    return std::string(reinterpret_cast<const char*>(bytes.data()), 8);
}

asio::ip::address plain_address(asio::ip::address address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

// The soft limit of open files is often 1024.
void raise_file_limit(uint64_t connections_max, const Server::Log& tell) {
    rlimit limit{};
    const uint64_t wanted = connections_max + files_besides;
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted)
        tell(
            fmt::format("API: this process may open {} files, fewer than api.connections_max "
                        "({}) needs; see LimitNOFILE= in systemd.exec(5)",
                        limit.rlim_cur, connections_max));
}

}  // namespace

class Server::Impl {
public:
    Impl(const config::Settings::Api& settings, const Limits& limits, Gate gate, EventHub& hub,
         Log tell, TlsContextPtr tls)
        : service_(settings, limits, std::move(gate), hub, std::move(tell)),
          tls_(std::move(tls)),
          acceptor_(service_.io),
          timer_(service_.io) {
        service_.on_closed = [this](Session& session) { forget(session); };
    }
    ~Impl() { stop(); }

    base::Status listen(const config::ListenAddress& address);
    void start();
    void stop();
    uint16_t port() const { return port_; }
    Snapshot snapshot() const;

private:
    struct Client {
        std::shared_ptr<Session> session;
        std::string key;
    };
    void run();
    void accept();
    void take(Socket socket, const Tcp::endpoint& from);
    bool make_room();
    void turn_away(Socket socket, Refusal refusal);
    void forget(Session& session);
    void tick();
    void wake();

    Service service_;
    TlsContextPtr tls_;
    Tcp::acceptor acceptor_;
    asio::steady_timer timer_;
    std::unordered_map<Session*, Client> sessions_;
    std::unordered_map<std::string, uint64_t> per_client_;
    uint16_t port_ = 0;
    bool accept_failed_ = false;  // tried again at the next tick
    std::thread thread_;
};

base::Status Server::Impl::listen(const config::ListenAddress& address) {
    ErrorCode error;
    const auto ip = asio::ip::make_address(address.host, error);
    const Tcp::endpoint endpoint(ip, address.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error && ip.is_v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(Tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error)
        return base::Error{
            fmt::format("api.listen: {}: {}", service_.settings.listen, error.message())};
    return base::Ok{};
}

void Server::Impl::start() {
    service_.hub.set_wake([this] { asio::post(service_.io, [this] { wake(); }); });
    accept();
    tick();
    // Signals are the main thread's.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([this] { run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Server::Impl::run() {
    ::pthread_setname_np(::pthread_self(), "api-io");
    for (;;) {
        try {
            service_.io.run();
            return;
        } catch (const std::exception& error) {
            // Out of memory, most likely. The connection it hit has lost its turn and ends by its
            // deadline.
            service_.counters.refuse(Refusal::handler_failed);
            service_.tell(fmt::format("API: {}", error.what()));
        }
    }
}

void Server::Impl::stop() {
    service_.hub.set_wake({});
    if (thread_.joinable()) {
        asio::post(service_.io, [this] {
            ErrorCode ignored;
            acceptor_.close(ignored);
            timer_.cancel();
            while (!sessions_.empty()) {
                const auto session = sessions_.begin()->second.session;
                session->close();
            }
            service_.io.stop();
        });
        thread_.join();
    }
    service_.questions.stop();
    service_.helpers.stop();
}

void Server::Impl::accept() {
    acceptor_.async_accept([this](ErrorCode error, Socket socket) {
        if (!acceptor_.is_open()) return;
        if (error) {
            // No more files, or the client is gone already. Not at once again: that would spin.
            accept_failed_ = true;
            return;
        }
        const auto from = socket.remote_endpoint(error);
        if (!error) take(std::move(socket), from);
        accept();
    });
}

void Server::Impl::take(Socket socket, const Tcp::endpoint& from) {
    service_.counters.connections_total.add(1);
    const auto address = plain_address(from.address());
    const std::string key = client_key(address);
    const auto count = per_client_.find(key);
    if (!service_.settings.trusted_proxy && count != per_client_.end() &&
        count->second >= service_.settings.connections_per_client_max)
        return turn_away(std::move(socket), Refusal::client_connections_full);
    if (sessions_.size() >= service_.settings.connections_max && !make_room())
        return turn_away(std::move(socket), Refusal::connections_full);
    ErrorCode ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    auto session =
        std::make_shared<Session>(service_, std::move(socket), tls_.get(), address.to_string());
    sessions_.emplace(session.get(), Client{session, key});
    per_client_[key]++;
    service_.counters.connections.set(sessions_.size());
    session->start();
}

// Closes the connection that has waited for a request the longest.
bool Server::Impl::make_room() {
    std::shared_ptr<Session> oldest;
    Clock::time_point since = Clock::time_point::max();
    for (const auto& [session, client] : sessions_) {
        const auto idle_since = session->idle_since();
        if (!idle_since || *idle_since >= since) continue;
        since = *idle_since;
        oldest = client.session;
    }
    if (!oldest) return false;
    service_.counters.connections_evicted.add(1);
    oldest->close();
    return true;
}

void Server::Impl::turn_away(Socket socket, Refusal refusal) {
    service_.counters.refuse(refusal);
    if (tls_) return;  // that would take a handshake
    ErrorCode ignored;
    socket.non_blocking(true, ignored);
    socket.send(asio::buffer(full_answer), 0, ignored);
    socket.shutdown(Socket::shutdown_send, ignored);
}

void Server::Impl::forget(Session& session) {
    const auto found = sessions_.find(&session);
    if (found == sessions_.end()) return;
    const auto count = per_client_.find(found->second.key);
    if (--count->second == 0) per_client_.erase(count);
    // Whoever calls is inside of the session: it goes when that has returned.
    asio::post(service_.io, [session = std::move(found->second.session)] {});
    sessions_.erase(found);
    service_.counters.connections.set(sessions_.size());
}

void Server::Impl::tick() {
    const auto now = Clock::now();
    std::vector<std::shared_ptr<Session>> all;  // those that end leave the map
    all.reserve(sessions_.size());
    for (const auto& [session, client] : sessions_) all.push_back(client.session);
    timer_.expires_after(service_.limits.tick);
    timer_.async_wait([this](ErrorCode error) {
        if (!error) tick();
    });
    if (std::exchange(accept_failed_, false)) accept();
    for (const auto& session : all) session->tick(now);
}

void Server::Impl::wake() {
    if (service_.streams.empty()) return;
    service_.hub.listen();  // first: what is published from here on wakes again
    for (Session* session : service_.streams) session->pump();
}

Snapshot Server::Impl::snapshot() const {
    Snapshot snapshot = service_.counters.snapshot();
    snapshot.questions_waiting = service_.questions.waiting() + service_.helpers.waiting();
    return snapshot;
}

void Counters::count_answer(int status, Clock::duration took) {
    const size_t status_class = static_cast<size_t>(status) / 100;
    if (status_class < requests_by_class.size()) requests_by_class[status_class].add(1);
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bound =
        std::lower_bound(duration_bounds_s.begin(), duration_bounds_s.end(), seconds);
    durations[static_cast<size_t>(bound - duration_bounds_s.begin())].add(1);
    duration_sum_us.add(static_cast<uint64_t>(seconds * 1e6));
}

Snapshot Counters::snapshot() const {
    Snapshot out;
    const auto copy = [](const auto& from, auto& to) {
        for (size_t i = 0; i < to.size(); i++) to[i] = from[i].get();
    };
    copy(requests_by_class, out.requests_by_class);
    copy(refused, out.refused);
    copy(durations, out.durations);
    out.duration_sum_s = static_cast<double>(duration_sum_us.get()) / 1e6;
    out.connections = connections.get();
    out.streams = streams.get();
    out.connections_total = connections_total.get();
    out.connections_evicted = connections_evicted.get();
    out.rx_bytes = rx_bytes.get();
    out.tx_bytes = tx_bytes.get();
    out.events_sent = events_sent.get();
    out.events_skipped = events_skipped.get();
    return out;
}

base::Result<std::unique_ptr<Server>> Server::open(const config::Settings::Api& settings,
                                                   Router router, EventHub& hub, const Log& tell,
                                                   Limits limits) {
    for (const std::string& problem : config::check_api(settings)) return base::Error{problem};
    const auto address = config::parse_listen(settings.listen);
    if (!address) return address.error();
    std::optional<Tokens> tokens;
    if (!settings.token_file.empty()) {
        auto loaded = Tokens::load(settings.token_file);
        if (!loaded) return loaded.error();
        tokens = std::move(*loaded);
    }
    StaticFiles files;
    if (!settings.www.empty()) {
        auto loaded = StaticFiles::load(settings.www);
        if (!loaded) return loaded.error();
        files = std::move(*loaded);
    }
    TlsContextPtr tls;
    if (!settings.certificate.empty()) {
        auto opened = open_tls(settings.certificate, settings.private_key);
        if (!opened) return opened.error();
        tls = std::move(*opened);
    }
    raise_file_limit(settings.connections_max, tell);
    const Gate::Rules rules{
        .names_of_loopback_only = address->is_loopback && !settings.trusted_proxy,
        .behind_proxy = settings.trusted_proxy};
    const bool is_tls = tls != nullptr;
    auto impl = std::make_unique<Impl>(
        settings, limits, Gate(rules, std::move(tokens), std::move(router), std::move(files)), hub,
        tell, std::move(tls));
    if (auto status = impl->listen(*address); !status) return status.error();
    impl->start();
    tell(fmt::format("the API is at http{}://{}{}{}:{}/", is_tls ? "s" : "",
                     address->is_ipv6 ? "[" : "", address->host, address->is_ipv6 ? "]" : "",
                     impl->port()));
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
uint16_t Server::port() const { return impl_->port(); }
Snapshot Server::snapshot() const { return impl_->snapshot(); }
void Server::stop() { impl_->stop(); }

}  // namespace baleen::api
