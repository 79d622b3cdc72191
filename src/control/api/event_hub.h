// Server-sent events (WHATWG HTML section 9.2): what is published, for those who listen.
//
// Owns: the last events, as the bytes that go out, one copy for all clients, bounded in number and
// bytes. That history is also the queue of every client: a client has only a position in it. One
// that reads too slowly is overtaken by the end of the history and told so by an event `gap`; one
// that comes back says where it was (Last-Event-ID).
//
// Must hold: publish() never waits for clients, from any thread. The reader, the I/O thread of the
// server, is woken once for all that is published until it looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace baleen::api {

class EventHub {
public:
    struct Limits {
        size_t events_max = 4096;
        size_t bytes_max = 4 << 20;
    };
    EventHub();
    explicit EventHub(Limits limits);

    // `topic` is a name of [a-z0-9_.-], which is also the name of the event; `json` is its data. An
    // event larger than the whole history is left out and counted.
    void publish(std::string_view topic, const std::string& json);

    // -- For the server.

    using Topics = std::vector<std::string>;  // empty: all
    using Shared = std::shared_ptr<const std::string>;
    struct Batch {
        std::vector<Shared> frames;  // in order
        uint64_t missed = 0;         // events of any topic that came before them and are gone
        uint64_t missed_last = 0;    // the number of the last of those
        uint64_t next = 0;           // where to go on
        bool is_all = true;          // there is no more for now
    };
    // Events from number `next` on, of `topics`: a bounded part of the history.
    Batch read(uint64_t next, const Topics& topics) const;

    // Where a new client begins: at what comes next, or behind the event whose id it names. After
    // an id of another run, or nobody's, it begins with the oldest, told as a gap.
    uint64_t position(std::string_view last_event_id) const;
    std::string id_of(uint64_t number) const;

    // Called at the first publish() after each listen(), from the thread that publishes and under
    // the hub's lock: no more than a post. An empty function ends it.
    void set_wake(std::function<void()> wake);
    void listen();

    uint64_t published() const;
    uint64_t refused() const;

private:
    struct Event {
        std::string topic;
        Shared frame;
    };

    const Limits limits_;
    const uint64_t run_;  // tells ids of this process from those of others
    mutable std::mutex mutex_;
    std::deque<Event> events_;
    uint64_t first_ = 1;  // the number of events_[0]
    size_t bytes_ = 0;
    uint64_t refused_ = 0;
    bool is_listening_ = false;
    std::function<void()> wake_;
};

// A list of topics as a client names them: "a,b". False: a name is not one, or there are too many.
bool parse_topics(std::string_view text, EventHub::Topics& topics);

}  // namespace baleen::api
