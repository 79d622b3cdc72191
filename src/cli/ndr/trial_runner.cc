#include "cli/ndr/trial_runner.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

namespace baleen::cli::ndr {
namespace {

using nlohmann::json;

constexpr auto look_every = std::chrono::milliseconds(10);
constexpr double start_s_max = 30, end_s_max = 60;  // busy machines are slow
// From the notice of the port to the first poll; and what is on the wire has to come in.
constexpr auto settle = std::chrono::milliseconds(100);

std::string contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Both formats are ours (src/base/ledger.cc, src/cli/gen.cc), yet a process that died may have
// written half of one: absent numbers are 0, and the trial then shows the packets as lost.
uint64_t number(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

const json& member(const json& object, const char* name) {
    static const json nothing = json::object();
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() ? *found : nothing;
}

// Ends what is still running when a trial ends early.
struct Ended {
    Child& child;
    ~Ended() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        child.signal(SIGTERM);
        while (!child.reap()) {
            if (std::chrono::steady_clock::now() > deadline) child.signal(SIGKILL);
            std::this_thread::sleep_for(look_every);
        }
    }
};

}  // namespace

// The last line that a program has written to its standard error.
std::string TrialRunner::last_words(const std::string& name) const {
    std::string log = contents(path(name + ".log"));
    while (log.ends_with('\n')) log.pop_back();
    return log.substr(log.rfind('\n') + 1);
}

base::Result<Child> TrialRunner::start(const std::string& name,
                                       std::vector<std::string> arguments) const {
    const auto create = [&](const std::string& file) {
        return base::FileDescriptor(
            ::open(path(file).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    };
    const auto out = create(name + ".json"), log = create(name + ".log");
    if (!out || !log) return base::Error{fmt::format("cannot write to {}", folder_)};
    return Child::start("baleen", std::move(arguments), {}, SIGTERM, {out.get(), log.get()});
}

base::Status TrialRunner::wait_for_capture(Child& capture) const {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(start_s_max);
    while (std::chrono::steady_clock::now() < deadline && interrupted_ == 0) {
        if (capture.reap())
            return base::Error{fmt::format("the capture does not run: {}", last_words("capture"))};
        // The notice of the port that was opened (drivers/ethdev/port.cc) names its driver.
        const std::string log = contents(path("capture.log"));
        for (const char* driver : {": vdev", ": PCI", ": AF_XDP", ": AF_PACKET"})
            if (log.find(driver) != std::string::npos) {
                std::this_thread::sleep_for(settle);
                return base::Ok{};
            }
        std::this_thread::sleep_for(look_every);
    }
    return base::Error{interrupted_ != 0 ? "interrupted" : "the capture does not open its port"};
}

base::Status TrialRunner::wait_for_end(Child& child, const std::string& name,
                                       double seconds_max) const {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds_max);
    while (!child.reap()) {
        if (interrupted_ != 0) return base::Error{"interrupted"};
        if (std::chrono::steady_clock::now() > deadline)
            return base::Error{fmt::format("the {} does not end", name)};
        std::this_thread::sleep_for(look_every);
    }
    if (child.killed_by() || child.exit_status() != 0)
        return base::Error{fmt::format("the {} has failed: {}", name, last_words(name))};
    return base::Ok{};
}

base::Result<Trial> TrialRunner::read_results(double packets_per_s) const {
    const json sent = json::parse(contents(path("generator.json")), nullptr, false);
    const json ledger = json::parse(contents(path("ledger.json")), nullptr, false);
    if (!sent.is_object() || !ledger.is_object())
        return base::Error{"generator or capture have not told what they did"};
    Trial trial;
    trial.asked_packets_per_s = packets_per_s;
    trial.sent = number(sent, "packets");
    trial.offered = number(sent, "offered");
    const json& seconds = member(sent, "seconds");
    if (seconds.is_number()) trial.seconds = seconds.get<double>();
    trial.wire = number(ledger, "wire");
    trial.received = number(ledger, "received");
    trial.lost_at(Place::late) = number(sent, "late");
    trial.lost_at(Place::refused) = number(sent, "refused");
    trial.lost_at(Place::wire) = trial.sent - std::min(trial.sent, trial.wire);
    const json& ports = member(ledger, "ports");
    for (const json& port : ports.is_array() ? ports : json::array()) {
        trial.lost_at(Place::no_descriptor) += number(port, "no_descriptor");
        trial.lost_at(Place::phy_discard) += number(port, "phy_discard");
        trial.lost_at(Place::error) += number(port, "error");
        trial.lost_at(Place::unpolled) += number(port, "unpolled");
        trial.lost_at(Place::passed) += number(port, "passed");
    }
    trial.lost_at(Place::no_mbuf) = number(ledger, "no_mbuf");
    const json& shed = member(member(ledger, "causes"), "shed");
    trial.lost_at(Place::shed_worker_busy) = number(shed, "worker_busy");
    trial.lost_at(Place::shed_flow_table_full) = number(shed, "flow_table_full");
    return trial;
}

base::Result<Trial> TrialRunner::run(double packets_per_s) const {
    // A socket that a killed capture has left would have the generator connect to nobody.
    std::error_code ignored;
    for (const char* left : {"ledger.json", "memif.sock", "vhost.sock"})
        std::filesystem::remove(path(left), ignored);
    std::vector<std::string> arguments = {
        "run",    "-q",         "-i", pair_.capture_device, "--ledger", path("ledger.json"),
        "--data", path("store")};
    arguments.insert(arguments.end(), options_.capture_arguments.begin(),
                     options_.capture_arguments.end());
    auto capture = start("capture", std::move(arguments));
    if (!capture) return capture.error();
    const Ended capture_ends{*capture};
    if (auto status = wait_for_capture(*capture); !status) return status.error();

    arguments = {"gen",        "--json",
                 "-i",         pair_.generator_device,
                 "--duration", fmt::format("{:.0f}ms", options_.seconds * 1000)};
    if (packets_per_s > 0)
        arguments.insert(arguments.end(),
                         {"--rate", fmt::format("{:.0f}pps", std::max(1.0, packets_per_s))});
    arguments.insert(arguments.end(), options_.generator_arguments.begin(),
                     options_.generator_arguments.end());
    auto generator = start("generator", std::move(arguments));
    if (!generator) return generator.error();
    const Ended generator_ends{*generator};
    if (auto status = wait_for_end(*generator, "generator", options_.seconds * 3 + start_s_max);
        !status)
        return status.error();
    std::this_thread::sleep_for(settle);
    capture->signal(SIGINT);
    if (auto status = wait_for_end(*capture, "capture", end_s_max); !status) return status.error();
    return read_results(packets_per_s);
}

}  // namespace baleen::cli::ndr
