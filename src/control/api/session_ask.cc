// Questions and bodies that are made piece by piece: what of a session involves question threads.
//
// <utility> first: Asio 1.74 forgets it.
#include <utility>
//
#include <fmt/format.h>

#include <boost/asio/post.hpp>

#include "control/api/session.h"

namespace baleen::api {
namespace {

// Whatever it does. `failed`: it threw.
Response call(const Exchange& exchange, Service& service, bool& failed) {
    try {
        return exchange.route->handler(exchange.request);
    } catch (const std::exception& error) {
        service.tell_failure(*exchange.route, error.what());
    } catch (...) {
        service.tell_failure(*exchange.route, "for a reason without a name");
    }
    failed = true;
    return refusal_response(Refusal::handler_failed);
}

void call_source(Exchange& exchange, Service& service) {
    exchange.piece.clear();
    try {
        if (!exchange.cancelled) exchange.has_more = exchange.source->next(exchange.piece);
    } catch (const std::exception& error) {
        exchange.failed = true;
        service.tell_failure(*exchange.route, error.what());
    } catch (...) {
        exchange.failed = true;
        service.tell_failure(*exchange.route, "for a reason without a name");
    }
    if (!exchange.has_more || exchange.failed || exchange.cancelled) exchange.source.reset();
}

// That may take time, which the I/O thread has not.
void free_source(Service& service, const ExchangePtr& exchange) {
    if (!exchange->source) return;
    service.pool_of(*exchange->route).go_on([exchange] { exchange->source.reset(); });
}

}  // namespace

void Service::tell_failure(const Route& route, std::string_view what) {
    const int64_t now_s = Clock::now().time_since_epoch() / std::chrono::seconds(1);
    if (failure_told_s.exchange(now_s, std::memory_order_relaxed) == now_s) return;
    std::string line = fmt::format("API: {} failed: {}", route.pattern, what);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    tell(line);
}

void Session::ask(Asked asked) {
    auto exchange = std::make_shared<Exchange>();
    exchange->request = std::move(asked.request);
    exchange->request.body = std::move(reader_.body());
    exchange->request.cancelled = &exchange->cancelled;
    exchange->route = asked.route;
    exchange_ = exchange;
    if (asked.route->threads == Threads::io) {
        phase_ = Phase::asking;
        Response response = call(*exchange, service_, exchange->failed);
        return on_answer(exchange, std::move(response));
    }
    enter(Phase::asking, service_.question_time);
    exchange->busy = true;
    const auto answer = [exchange, weak = weak_from_this(), &service = service_](Response&& made) {
        boost::asio::post(service.io, [exchange, weak, &service, made = std::move(made)]() mutable {
            const auto self = weak.lock();
            if (self && self->exchange_ == exchange)
                return self->on_answer(exchange, std::move(made));
            exchange->source = std::move(made.source);  // its time was up
            free_source(service, exchange);
        });
    };
    QuestionPool& pool = service_.pool_of(*asked.route);
    const bool is_taken = pool.ask({[exchange, answer, &service = service_] {
                                        answer(call(*exchange, service, exchange->failed));
                                    },
                                    [answer] { answer(refusal_response(Refusal::questions_full)); },
                                    &exchange->cancelled});
    if (!is_taken) {
        exchange_.reset();
        return refuse(Refusal::questions_full);
    }
    read();
}

void Session::on_answer(const ExchangePtr& exchange, Response response) {
    exchange->busy = false;
    if (exchange->failed) service_.counters.refuse(Refusal::handler_failed);
    else if (!is_well_formed(response)) {
        service_.counters.refuse(Refusal::handler_failed);
        service_.tell_failure(*exchange->route, "its answer has a malformed header field");
        response = refusal_response(Refusal::handler_failed);
    }
    respond(std::move(response));
}

void Session::make_piece() {
    enter(Phase::making, service_.question_time);
    exchange_->busy = true;
    auto task = [exchange = exchange_, weak = weak_from_this(), &service = service_] {
        call_source(*exchange, service);
        boost::asio::post(service.io, [exchange, weak, &service] {
            const auto self = weak.lock();
            if (self && self->exchange_ == exchange) return self->on_piece(exchange);
            free_source(service, exchange);
        });
    };
    service_.pool_of(*exchange_->route).go_on(std::move(task));
    read();
}

void Session::on_piece(const ExchangePtr& exchange) {
    exchange->busy = false;
    if (exchange->failed && !out_head_.empty()) return refuse(Refusal::handler_failed);
    if (exchange->failed || exchange->cancelled) {
        service_.counters.refuse(exchange->failed ? Refusal::handler_failed : Refusal::client_gone);
        transport_->abort();
        return close();
    }
    Transport::Buffers buffers;
    if (!out_head_.empty()) buffers.push_back(buffer_of(out_head_));
    out_body_.clear();
    const std::string& piece = exchange->piece;
    if (framing_ == Framing::chunked && !piece.empty()) {
        out_body_ = chunk_begin(piece.size());
        buffers.push_back(buffer_of(out_body_));
    }
    if (!piece.empty()) buffers.push_back(buffer_of(piece));
    if (framing_ == Framing::chunked) {
        if (!piece.empty()) buffers.push_back(buffer_of(chunk_end));
        if (!exchange->has_more) buffers.push_back(buffer_of(last_chunk));
    }
    if (buffers.empty() && exchange->has_more) return make_piece();
    enter(Phase::writing, service_.limits.write_timeout);
    write(std::move(buffers));
}

// What the question threads do for this request is for nobody any more.
void Session::cancel() {
    const ExchangePtr exchange = std::move(exchange_);
    if (!exchange) return;
    exchange->cancelled = true;
    // While a task waits or runs the source is its own.
    if (exchange->busy) service_.pool_of(*exchange->route).withdraw(exchange->cancelled);
    else free_source(service_, exchange);
}

}  // namespace baleen::api
