#include "cli/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>

#include "cli/commands.h"
#include "cli/options.h"
#include "config/loader.h"
#include "drivers/xdp/attachment.h"
#include "ring/attach.h"

namespace baleen::cli {
namespace {

constexpr int event_wait_ms = 100;
// A control process that dies again and again has a cause that another start does not mend.
constexpr int control_restarts_max = 5;
constexpr auto attach_timeout = std::chrono::seconds(60);

base::FileDescriptor watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return base::FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

base::FileDescriptor write_configuration(const config::Settings& settings) {
    base::FileDescriptor fd(::memfd_create("baleen.toml", MFD_CLOEXEC));
    const std::string text = config::format_plain(settings);
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return {};
    return fd;
}

std::string describe_death(std::string_view who, const Child& child) {
    if (const auto number = child.killed_by())
        return fmt::format("{} was killed by signal {} ({})", who, *number, ::strsignal(*number));
    return fmt::format("{} ended with status {}", who, child.exit_status());
}

}  // namespace

base::Status Supervisor::start() {
    signals_ = watch_signals();
    // Abstract, so that nothing is left behind whatever happens; the number makes it this run's
    // own.
    socket_name_ = fmt::format("@baleen-{}-{}", ::getpid(),
                               std::chrono::steady_clock::now().time_since_epoch().count());
    config::Settings effective = settings_;
    effective.run.socket = socket_name_;
    configuration_ = write_configuration(effective);
    if (!configuration_) return base::Error{"cannot hand the configuration on"};
    auto listener = ring::listen_socket(socket_name_);
    if (!listener) return listener.error();
    auto dataplane =
        Child::start("baleen-dataplane",
                     {"-c", fmt::format("/proc/self/fd/{}", configuration_.get()), "--socket-fd",
                      std::to_string(listener->get()), "--supervisor", std::to_string(::getpid())},
                     {configuration_.get(), listener->get()}, SIGTERM, output_);
    if (!dataplane) return dataplane.error();
    dataplane_ = std::move(*dataplane);
    return start_control();
}

base::Status Supervisor::start_control() {
    // No signal: it ends by itself when the data plane has, and until then it is needed.
    auto control = Child::start(
        "baleen-control", {"-c", fmt::format("/proc/self/fd/{}", configuration_.get()), "--once"},
        {configuration_.get()}, 0, output_);
    if (!control) return control.error();
    control_ = std::move(*control);
    return base::Ok{};
}

void Supervisor::attach() {
    auto attachment = ring::attach(socket_name_, attach_timeout, ring::Listener::was_there);
    if (!attachment) return;  // the data plane has said why it does not run
    auto stats = ring::open_stats(attachment->stats.get());
    if (stats) stats_ = std::move(*stats);
    for (const base::FileDescriptor& fd : attachment->rings)
        rings_.push_back(ring::Reader::open(fd.get()));
    connection_ = std::move(attachment->connection);
}

base::Ledger Supervisor::ledger() const {
    base::Ledger ledger;
    if (stats_.segment != nullptr) base::add_statistics(*stats_.segment, ledger);
    for (const ring::Reader& ring : rings_) {
        if (!ring.is_open()) continue;
        ledger.records_consumed += ring.consumed_frames();
        ledger.records_in_rings += ring.written_frames() - ring.consumed_frames();
    }
    return ledger;
}

void Supervisor::take_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        stop_requests_++;
        dataplane_->signal(SIGTERM);
        // The second time everything ends at once.
        if (stop_requests_ > 1) control_->signal(SIGTERM);
    }
}

void Supervisor::look_after_control() {
    if (!control_->reap()) return;
    const bool died = control_->killed_by().has_value() || control_->exit_status() != exit_ok;
    if (!died || !dataplane_->running()) {
        control_status_ = control_->exit_status();
        return;
    }
    run_error(describe_death("the control process", *control_));
    const bool refuses_to_run = !control_->killed_by() && control_->exit_status() != exit_ok;
    if (refuses_to_run || control_restarts_++ >= control_restarts_max) {
        control_status_ = exit_failure;
        dataplane_->signal(SIGTERM);
        dataplane_->signal(SIGTERM);
        return;
    }
    run_error("starting it again; nothing is lost while the rings hold");
    if (auto status = start_control(); !status) run_error(status.error().message);
}

void Supervisor::wait_for_events() {
    std::vector<pollfd> watched = {{signals_.get(), POLLIN, 0}};
    if (dataplane_->running()) watched.push_back({dataplane_->pid_fd(), POLLIN, 0});
    if (control_->running()) watched.push_back({control_->pid_fd(), POLLIN, 0});
    ::poll(watched.data(), watched.size(), event_wait_ms);
}

bool Supervisor::finished() const { return !dataplane_->running() && !control_->running(); }

RunResult Supervisor::run(const Progress& progress) {
    if (auto status = start(); !status) {
        run_error(status.error().message);
        return {.exit_status = exit_failure};
    }
    attach();
    while (!finished()) {
        wait_for_events();
        take_signals();
        if (dataplane_->running()) dataplane_->reap();
        if (control_->running()) look_after_control();
        if (stats_.segment != nullptr && dataplane_->running()) progress(*stats_.segment, ledger());
    }
    clean_up();
    return result();
}

// What a data plane that was killed could not take back itself.
void Supervisor::clean_up() const {
    if (!dataplane_->killed_by() || stats_.segment == nullptr) return;
    for (const stats::PortStats& port : stats_.segment->ports)
        drivers::detach_xdp({port.xdp_interface_index, port.xdp_program_id});
}

RunResult Supervisor::result() const {
    RunResult result;
    result.ledger = ledger();
    if (stats_.segment != nullptr) {
        const stats::SegmentHeader& header = stats_.segment->header;
        const int64_t end_ns = header.end_ns.load(std::memory_order_relaxed);
        if (end_ns > header.start_ns)
            result.seconds = static_cast<double>(end_ns - header.start_ns) / 1e9;
    }
    result.ended_well =
        !dataplane_->killed_by() && control_status_ == exit_ok && stop_requests_ <= 1;
    result.exit_status = dataplane_->exit_status();
    if (dataplane_->killed_by()) {
        run_error(describe_death("the data plane", *dataplane_) +
                  "; every record it had finished is stored");
        result.exit_status = exit_failure;
    }
    if (result.exit_status == exit_ok) result.exit_status = control_status_;
    return result;
}

}  // namespace baleen::cli
