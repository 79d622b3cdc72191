// A conversation with Wireshark's sharkd about one capture: JSON-RPC 2.0, a line for each question
// and answer (sharkd is a process of its own, see helper/main.cc).
//
// Must hold: it is asked these questions and no others, and none of their words can become a
// question of its own. One question at a time; the owner guards that.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/process/helper_process.h"

namespace baleen::sharkd {

// What sharkd is asked.
enum class Method : uint8_t { load, status, frames, frame, check, complete, follow };

std::string_view name_of(Method method);

// One line as sharkd wants it.
std::string question(uint64_t number, Method method, const nlohmann::json& parameters);

struct Reply {
    enum class Kind : uint8_t {
        answered,
        refused,    // the question is wrong, as a filter that cannot be read
        abandoned,  // nobody waits for it any more
        lost,       // there will be no more answers: it has died, or took too long
    };
    Kind kind = Kind::lost;
    nlohmann::json result;  // of an answer
    std::string message;    // why there is none
};

// What a line says to question `number`; nothing: it is about another one.
std::optional<Reply> read_reply(std::string_view line, uint64_t number);

class Sharkd {
public:
    // `capture`: a file that sharkd opens once more when it loads it; it may grow until then.
    static base::Result<Sharkd> start(int capture);

    Reply load(const std::atomic<bool>* cancelled);
    // The answer to an abandoned question is passed over when it comes. Not for Method::load.
    Reply ask(Method method, const nlohmann::json& parameters, const std::atomic<bool>* cancelled);

private:
    explicit Sharkd(process::HelperProcess process) : process_(std::move(process)) {}
    // The next line that it says, without its end; nothing: there is none in time.
    std::optional<std::string> next_line();
    Reply no_line(const std::atomic<bool>* cancelled);

    process::HelperProcess process_;
    uint64_t asked_ = 0;
    std::string said_;  // not yet a whole line
    bool is_lost_ = false;
    std::string why_;  // there was no line
};

}  // namespace baleen::sharkd
