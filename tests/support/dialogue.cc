#include "tests/support/dialogue.h"

#include <cctype>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "record/app_complete.h"
#include "record/app_json.h"

namespace baleen::test {
namespace {

using protocol::Conversations;
using protocol::Transport;
using protocol::Turn;

class DialogueReader {
public:
    explicit DialogueReader(const std::string& path) : path_(path), file_(path) {
        if (!file_) fail("cannot be read");
    }

    Dialogue read() {
        for (std::string line; std::getline(file_, line);) {
            line_++;
            if (line.empty() || line[0] == '#') continue;
            take(line);
        }
        if (dialogue_.utterances.empty()) fail("nobody says anything");
        return dialogue_;
    }

private:
    void take(const std::string& line) {
        std::istringstream words(line);
        std::string first;
        words >> first;
        if (std::isspace(static_cast<unsigned char>(line[0]))) return take_bytes(line);
        if (line[0] == '{') {
            dialogue_.events.push_back(line);
        } else if (first == "tcp" || first == "udp") {
            dialogue_.transport = first == "tcp" ? Transport::tcp : Transport::udp;
            words >> dialogue_.initiator_port >> dialogue_.responder_port;
        } else if (first == "=") {
            words >> dialogue_.app_proto;
        } else if (first == ">" || first == "<") {
            take_utterance(words, first == ">");
        } else {
            fail("what is '" + first + "'?");
        }
        if (words.fail()) fail("something is missing");
    }

    void take_utterance(std::istringstream& words, bool from_initiator) {
        std::string when;
        words >> when;
        if (when == "gap") {
            uint64_t missing = 0;
            words >> missing;
            const int64_t now =
                dialogue_.utterances.empty() ? 0 : dialogue_.utterances.back().time_ns;
            dialogue_.utterances.push_back({from_initiator, now, {}, missing});
            return;
        }
        const auto time_ns = static_cast<int64_t>(std::stod(when) * 1e9 + 0.5);
        dialogue_.utterances.push_back({from_initiator, time_ns, {}, 0});
        std::string rest;
        std::getline(words, rest);
        words.clear();
        take_bytes(rest);
    }

    // Hexadecimal digits and quoted text, mixed.
    void take_bytes(const std::string& text) {
        if (dialogue_.utterances.empty()) fail("whose bytes are these?");
        std::vector<uint8_t>& bytes = dialogue_.utterances.back().bytes;
        for (size_t i = 0; i < text.size();) {
            if (std::isspace(static_cast<unsigned char>(text[i]))) {
                i++;
            } else if (text[i] == '"') {
                for (i++; i < text.size() && text[i] != '"';) i += take_quoted(text, i, bytes);
                i++;
            } else {
                bytes.push_back(hex(text, i));
                i += 2;
            }
        }
    }
    size_t take_quoted(const std::string& text, size_t i, std::vector<uint8_t>& bytes) {
        if (text[i] != '\\') {
            bytes.push_back(static_cast<uint8_t>(text[i]));
            return 1;
        }
        const char kind = i + 1 < text.size() ? text[i + 1] : ' ';
        if (kind == 'x') {
            bytes.push_back(hex(text, i + 2));
            return 4;
        }
        const std::string names = "rnt0\\\"", values = {'\r', '\n', '\t', '\0', '\\', '"'};
        const size_t which = names.find(kind);
        if (which == std::string::npos) fail("an escape that is none");
        bytes.push_back(static_cast<uint8_t>(values[which]));
        return 2;
    }
    uint8_t hex(const std::string& text, size_t i) {
        const std::string digits = text.substr(i, 2);
        if (digits.size() < 2 || !std::isxdigit(static_cast<unsigned char>(digits[0])) ||
            !std::isxdigit(static_cast<unsigned char>(digits[1])))
            fail("'" + digits + "' is not a byte");
        return static_cast<uint8_t>(std::stoul(digits, nullptr, 16));
    }

    [[noreturn]] void fail(const std::string& problem) const {
        throw std::runtime_error(path_ + ":" + std::to_string(line_) + ": " + problem);
    }

    const std::string path_;
    std::ifstream file_;
    size_t line_ = 0;
    Dialogue dialogue_{};
};

struct Listener final : protocol::EventSink {
    void tell(const Turn&, application::AppProto, const protocol::FieldWriter& fields) override {
        std::string json = "{";
        record::append_app_json(json, record::complete_fields(fields.fields()));
        events.push_back(json + "}");
    }
    std::vector<std::string> events;
};

Turn turn_of(const Dialogue& dialogue, const Utterance& said) {
    return {.direction = said.from_initiator ? 0u : 1u,
            .from_initiator = said.from_initiator,
            .transport = dialogue.transport,
            .src_port = said.from_initiator ? dialogue.initiator_port : dialogue.responder_port,
            .dst_port = said.from_initiator ? dialogue.responder_port : dialogue.initiator_port,
            .time_ns = said.time_ns};
}

// `next_piece`: how much of an utterance comes next, given what has come.
Heard hold_in(const Dialogue& dialogue,
              const std::function<size_t(size_t come, size_t size)>& next_piece,
              bool long_tail = false) {
    auto conversations = Conversations::create(
        {.conversations_max = 1, .kept_bytes = 1u << 20, .long_tail = long_tail});
    if (!conversations) throw std::runtime_error(conversations.error().message);
    Listener listener;
    const uint32_t handle = conversations->begin(dialogue.transport);
    auto outcome = Conversations::Outcome::goes_on;
    Turn turn = turn_of(dialogue, dialogue.utterances.front());
    for (const Utterance& said : dialogue.utterances) {
        turn = turn_of(dialogue, said);
        if (said.missing > 0 && outcome == Conversations::Outcome::goes_on)
            outcome = conversations->pass_gap(handle, turn, said.missing, listener);
        for (size_t come = 0; come < said.bytes.size();) {
            if (outcome != Conversations::Outcome::goes_on) break;
            const size_t piece = next_piece(come, said.bytes.size());
            // A copy of its own, so that a sanitizer sees who reads beyond it.
            const std::vector<uint8_t> bytes(
                said.bytes.begin() + static_cast<ptrdiff_t>(come),
                said.bytes.begin() + static_cast<ptrdiff_t>(come + piece));
            outcome = conversations->feed(handle, turn, bytes, listener);
            come += piece;
        }
    }
    const auto* info = application::find_app_proto(conversations->app_proto(handle));
    conversations->end(handle, turn, listener);
    return {info == nullptr ? "unknown" : std::string(info->name), listener.events,
            conversations->in_use() == 0 && conversations->kept_in_use() == 0,
            conversations->stats()};
}

}  // namespace

Dialogue read_dialogue(const std::string& path) { return DialogueReader(path).read(); }

Heard hold(const Dialogue& dialogue, size_t piece_bytes, bool long_tail) {
    const auto next_piece = [&](size_t come, size_t size) {
        return piece_bytes == 0 ? size : std::min(piece_bytes, size - come);
    };
    return hold_in(dialogue, next_piece, long_tail);
}

Heard hold_cut(const Dialogue& dialogue, size_t cut) {
    return hold_in(dialogue, [&](size_t come, size_t size) {
        return come == 0 && cut > 0 && cut < size ? cut : size - come;
    });
}

}  // namespace baleen::test
