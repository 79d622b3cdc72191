// <utility> first: Asio 1.74 forgets it.
#include <utility>
//
#include "control/api/session.h"

#include <fmt/format.h>

namespace baleen::api {
namespace {

constexpr size_t portion_bytes = 1024;  // of a head, or of nothing
constexpr size_t portion_bytes_of_body = 16 * 1024;
// Of a stream: a slow client's events wait in the history, which is there once, not in the kernel.
constexpr int send_buffer_bytes_of_stream = 64 * 1024;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Session::Session(Service& service, Socket socket, TlsContext* tls, std::string client)
    : service_(service),
      client_(std::move(client)),
      transport_(Transport::open(std::move(socket), tls)),
      idle_since_(Clock::now()),
      reader_({service.limits.header_bytes, service.limits.target_bytes,
               service.settings.request_bytes_max}) {}

Session::~Session() = default;

void Session::enter(Phase phase, std::chrono::milliseconds deadline_in) {
    phase_ = phase;
    deadline_ = Clock::now() + deadline_in;
}

void Session::start() {
    enter(Phase::handshake, service_.limits.header_timeout);
    transport_->handshake([self = shared_from_this()](ErrorCode error) {
        if (self->phase_ == Phase::closed) return;
        if (error) {
            self->service_.counters.refuse(Refusal::tls_handshake);
            return self->close();
        }
        self->enter(Phase::reading, self->service_.limits.idle_timeout);
        self->read();
    });
}

void Session::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    cancel();
    transport_->close();
    if (stream_) service_.streams.erase(this);
    service_.counters.streams.set(service_.streams.size());
    service_.on_closed(*this);
}

std::optional<Clock::time_point> Session::idle_since() const {
    if (phase_ != Phase::reading || reader_.state() != RequestReader::State::nothing)
        return std::nullopt;
    return idle_since_;
}

void Session::tick(Clock::time_point now) {
    if (phase_ == Phase::closed) return;
    if (now >= deadline_) return on_deadline();
    if (stream_ && !stream_->is_writing &&
        now - stream_->written_at >= service_.limits.heartbeat_interval) {
        stream_->notice = ":\n\n";
        stream_->is_writing = true;
        write({buffer_of(stream_->notice)});
    }
}

void Session::on_deadline() {
    Counters& counters = service_.counters;
    switch (phase_) {
        case Phase::handshake: counters.refuse(Refusal::tls_handshake); return close();
        case Phase::reading:
            if (reader_.state() == RequestReader::State::nothing) return close();
            return refuse(reader_.state() == RequestReader::State::header ? Refusal::header_slow
                                                                          : Refusal::body_slow);
        case Phase::asking: cancel(); return refuse(Refusal::question_timeout);
        case Phase::making:
            counters.refuse(Refusal::question_timeout);
            transport_->abort();
            return close();
        case Phase::continuing:
        case Phase::writing:
        case Phase::streaming:
            counters.refuse(Refusal::write_stalled);
            transport_->abort();
            return close();
        case Phase::lingering: return close();
        case Phase::closed: return;
    }
}

// -- Reading.

void Session::read() {
    if (is_reading_ || input_ended_ || phase_ == Phase::closed) return;
    if (in_.size() >= service_.limits.header_bytes + portion_bytes_of_body) return;
    is_reading_ = true;
    const bool in_body = reader_.state() == RequestReader::State::body;
    portion_.resize(in_body ? portion_bytes_of_body : portion_bytes);
    if (!in_body) portion_.shrink_to_fit();
    transport_->read_some(boost::asio::buffer(portion_),
                          [self = shared_from_this()](ErrorCode error, size_t bytes) {
                              self->on_read(error, bytes);
                          });
}

void Session::on_read(ErrorCode error, size_t bytes) {
    is_reading_ = false;
    if (phase_ == Phase::closed) return;
    service_.counters.rx_bytes.add(bytes);
    if (error) {
        input_ended_ = true;
        if (is_end_of_stream(error)) return on_end_of_input();
        if (phase_ != Phase::lingering && !idle_since() && !stream_)
            service_.counters.refuse(Refusal::client_gone);
        return close();
    }
    if (phase_ != Phase::lingering && !stream_) in_.append(portion_.data(), bytes);
    if (phase_ == Phase::reading) return advance();
    read();
}

// The client sends no more. Whether it still listens nobody can tell: what costs time is called
// off, what is answered anyway is sent.
void Session::on_end_of_input() {
    if (phase_ == Phase::asking || phase_ == Phase::making) {
        exchange_->cancelled = true;
        return;
    }
    if (phase_ == Phase::writing) {
        if (exchange_) exchange_->cancelled = true;
        return;
    }
    if (phase_ == Phase::reading && !idle_since()) service_.counters.refuse(Refusal::client_gone);
    close();
}

// As far as the bytes that are there go.
void Session::advance() {
    const bool was_idle = reader_.state() == RequestReader::State::nothing;
    switch (reader_.take(in_)) {
        case RequestReader::State::nothing:
            if (input_ended_) return close();
            break;
        case RequestReader::State::header:
            if (was_idle) enter(Phase::reading, service_.limits.header_timeout);
            break;
        case RequestReader::State::head_done: return on_head();
        case RequestReader::State::body: break;
        case RequestReader::State::done: return on_request();
        case RequestReader::State::refused: return refuse(reader_.refusal());
    }
    if (input_ended_) return on_end_of_input();
    read();
}

void Session::on_head() {
    const Head& head = reader_.head();
    head_at_ = Clock::now();
    is_head_ = head.method == "HEAD";
    closes_ = !head.keeps_alive;
    decision_ = service_.gate.decide(head, client_);
    if (auto* refused = std::get_if<Refused>(&*decision_)) {
        if (refused->reason) service_.counters.refuse(*refused->reason);
        closes_ |= head.has_body;  // it is not read
        return respond(std::move(refused->response));
    }
    enter(Phase::reading, service_.limits.body_timeout);
    if (!head.has_body || head.expect.empty() || !in_.empty() || head.is_http_1_0) return advance();
    enter(Phase::continuing, service_.limits.write_timeout);
    write({buffer_of(continue_line)});
}

void Session::on_request() {
    if (auto* file = std::get_if<FileWanted>(&*decision_)) {
        const auto& content = file->as_gzip ? file->file->gzip : file->file->plain;
        return respond(file_response(*file->file, file->as_gzip), content.bytes);
    }
    if (auto* stream = std::get_if<StreamWanted>(&*decision_))
        return start_stream(std::move(*stream));
    ask(std::move(std::get<Asked>(*decision_)));
}

// -- Writing.

void Session::refuse(Refusal refusal) {
    service_.counters.refuse(refusal);
    const bool is_readable_on = refusal == Refusal::questions_full ||
                                refusal == Refusal::question_timeout ||
                                refusal == Refusal::handler_failed;
    if (!is_readable_on) {
        // Where the request ends is not known.
        closes_ = true;
        is_head_ = false;
        head_at_ = Clock::now();
    }
    respond(refusal_response(refusal));
}

void Session::respond(Response response, std::shared_ptr<const std::string> shared) {
    closes_ |= input_ended_;
    const bool is_read = reader_.state() != RequestReader::State::refused;
    if (is_read && turn_into_not_modified(response, reader_.head().if_none_match)) {
        shared.reset();
        if (response.source && exchange_) exchange_->source = std::move(response.source);
    }
    if (response.source && response.status != 304) return respond_from_source(std::move(response));
    cancel();
    status_ = response.status;
    out_body_ = std::move(response.body);
    out_shared_ = std::move(shared);
    const std::string_view body = out_shared_ ? std::string_view(*out_shared_) : out_body_;
    out_head_ = format_head(response, {Framing::length, body.size(), closes_});
    framing_ = Framing::length;
    enter(Phase::writing, service_.limits.write_timeout);
    Transport::Buffers buffers{buffer_of(out_head_)};
    if (!is_head_ && !body.empty() && status_ != 204 && status_ != 304)
        buffers.push_back(buffer_of(body));
    write(std::move(buffers));
    read();
}

void Session::respond_from_source(Response response) {
    const bool is_1_0 = reader_.head().is_http_1_0;
    framing_ = is_1_0 ? Framing::close : Framing::chunked;
    status_ = response.status;
    out_head_ = format_head(response, {framing_, 0, closes_});
    exchange_->source = std::move(response.source);
    if (!is_head_) return make_piece();
    cancel();
    framing_ = Framing::length;
    enter(Phase::writing, service_.limits.write_timeout);
    write({buffer_of(out_head_)});
}

void Session::write(Transport::Buffers buffers) {
    // Called at the beginning as well.
    const auto progress = [self = shared_from_this()] {
        self->deadline_ = Clock::now() + self->service_.limits.write_timeout;
    };
    transport_->write(std::move(buffers), progress,
                      [self = shared_from_this()](ErrorCode error, size_t bytes) {
                          self->on_written(error, bytes);
                      });
}

void Session::on_written(ErrorCode error, size_t bytes) {
    if (phase_ == Phase::closed) return;
    service_.counters.tx_bytes.add(bytes);
    if (error) {
        if (!stream_) service_.counters.refuse(Refusal::client_gone);
        return close();
    }
    if (phase_ == Phase::continuing) {
        enter(Phase::reading, service_.limits.body_timeout);
        return advance();
    }
    if (stream_) {
        stream_->is_writing = false;
        stream_->frames.clear();
        stream_->written_at = Clock::now();
        deadline_ = Clock::time_point::max();
        return pump();
    }
    out_head_.clear();
    if (framing_ != Framing::length && exchange_ && exchange_->has_more) return make_piece();
    finish();
}

void Session::finish() {
    exchange_.reset();
    out_head_ = {};
    out_body_ = {};
    out_shared_.reset();
    service_.counters.count_answer(status_, Clock::now() - head_at_);
    if (closes_) return linger();
    reader_.reset();
    decision_.reset();
    idle_since_ = Clock::now();
    enter(Phase::reading, service_.limits.idle_timeout);
    advance();
}

// Closing with bytes unread would reset the connection, and the answer might be lost with it
// (RFC 9112 section 9.6).
void Session::linger() {
    enter(Phase::lingering, service_.limits.linger_timeout);
    transport_->end_writing(shared_from_this());
    in_.clear();
    if (input_ended_) return close();
    read();
}

// -- Events.

void Session::start_stream(StreamWanted wanted) {
    Response response;
    response.content_type = "text/event-stream";
    // nginx would keep events back otherwise.
    response.headers.emplace_back("X-Accel-Buffering", "no");
    closes_ = true;
    if (is_head_) return respond(std::move(response));
    service_.counters.count_answer(200, Clock::now() - head_at_);
    stream_ = std::make_unique<Stream>();
    stream_->next = service_.hub.position(wanted.last_event_id);
    stream_->wanted = std::move(wanted);
    stream_->is_writing = true;
    stream_->notice = format_head(response, {Framing::close, 0, true}) + "retry: 2000\n\n";
    service_.streams.insert(this);
    service_.counters.streams.set(service_.streams.size());
    service_.hub.listen();
    reader_.reset();
    decision_.reset();
    transport_->bound_send_buffer(send_buffer_bytes_of_stream);
    enter(Phase::streaming, service_.limits.write_timeout);
    write({buffer_of(stream_->notice)});
    read();
}

void Session::pump() {
    if (!stream_ || stream_->is_writing || phase_ == Phase::closed) return;
    Transport::Buffers buffers;
    EventHub::Batch batch;
    do {
        batch = service_.hub.read(stream_->next, stream_->wanted.topics);
        stream_->next = batch.next;
        if (batch.missed > 0) {
            stream_->notice = fmt::format("event: gap\ndata: {{\"missed\":{}}}\nid: {}\n\n",
                                          batch.missed, service_.hub.id_of(batch.missed_last));
            buffers.push_back(buffer_of(stream_->notice));
            service_.counters.events_skipped.add(batch.missed);
        }
    } while (batch.frames.empty() && buffers.empty() && !batch.is_all);
    stream_->frames = std::move(batch.frames);
    for (const auto& frame : stream_->frames) buffers.push_back(buffer_of(*frame));
    if (buffers.empty()) return;
    service_.counters.events_sent.add(stream_->frames.size());
    stream_->is_writing = true;
    write(std::move(buffers));
}

}  // namespace baleen::api
