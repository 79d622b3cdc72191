// One connection: requests one after the other, each read, judged by the gate, answered.
//
// Owns the connection, its deadline and what is on its way out. Only the I/O thread comes in here;
// what runs on question threads is an Exchange, which knows the session by a weak pointer.
//
// Must hold: there is a deadline in every phase, so that nobody keeps a place by doing nothing. One
// read is under way wherever there is room, also while an answer is made or sent: that is how a
// client's leaving is noticed. What comes meanwhile (pipelining) waits, at most a header's size of
// it.
#pragma once

#include "control/api/answer_head.h"
#include "control/api/service.h"

namespace baleen::api {

inline boost::asio::const_buffer buffer_of(std::string_view text) {
    return {text.data(), text.size()};
}

// What a question thread has of a request; outlives the session if it must.
struct Exchange {
    std::atomic<bool> cancelled{false};  // first: the source and the request point at it
    Request request;
    const Route* route = nullptr;
    std::unique_ptr<BodySource> source;
    std::string piece;
    bool has_more = true;
    bool failed = false;
    bool busy = false;  // of the I/O thread: a task is waiting or running
};
using ExchangePtr = std::shared_ptr<Exchange>;

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(Service& service, Socket socket, TlsContext* tls, std::string client);
    ~Session();

    void start();
    void tick(Clock::time_point now);
    // Sends what the hub has, if this is a stream.
    void pump();
    void close();

    const std::string& client() const { return client_; }
    // Since when it waits for a request of which no byte has come; nullopt: it does not.
    std::optional<Clock::time_point> idle_since() const;

private:
    enum class Phase : uint8_t {
        handshake,
        reading,     // a request, or the wait for one
        continuing,  // 100 is on its way
        asking,      // the handler waits or runs
        making,      // the next piece of a body is made
        writing,
        streaming,  // events
        lingering,  // all is said; what still comes is thrown away
        closed,
    };
    void enter(Phase phase, std::chrono::milliseconds deadline_in);
    void on_deadline();

    void read();
    void on_read(ErrorCode error, size_t bytes);
    void on_end_of_input();
    void advance();
    void on_head();
    void on_request();

    void ask(Asked asked);
    void on_answer(const ExchangePtr& exchange, Response response);
    void make_piece();
    void on_piece(const ExchangePtr& exchange);
    void cancel();

    void refuse(Refusal refusal);
    void respond(Response response, std::shared_ptr<const std::string> shared = nullptr);
    void respond_from_source(Response response);
    // Buffers that stay as they are until on_written().
    void write(Transport::Buffers buffers);
    void on_written(ErrorCode error, size_t bytes);
    void finish();
    void linger();

    void start_stream(StreamWanted wanted);

    Service& service_;
    const std::string client_;
    std::unique_ptr<Transport> transport_;
    Phase phase_ = Phase::handshake;
    Clock::time_point deadline_;

    std::vector<char> portion_;  // what a read goes into
    std::string in_;             // not yet taken
    bool is_reading_ = false;
    bool input_ended_ = false;
    Clock::time_point idle_since_;

    RequestReader reader_;
    std::optional<Decision> decision_;
    ExchangePtr exchange_;
    Clock::time_point head_at_;
    bool is_head_ = false;  // HEAD
    bool closes_ = false;   // behind this answer
    int status_ = 0;

    std::string out_head_, out_body_;
    std::shared_ptr<const std::string> out_shared_;
    Framing framing_ = Framing::length;

    struct Stream {
        StreamWanted wanted;
        uint64_t next = 0;
        std::vector<EventHub::Shared> frames;  // on their way
        std::string notice;                    // before them
        bool is_writing = false;
        Clock::time_point written_at;
    };
    std::unique_ptr<Stream> stream_;
};

}  // namespace baleen::api
