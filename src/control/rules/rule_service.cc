#include "control/rules/rule_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "control/rules/rule_options.h"
#include "ring/attach.h"
#include "rules/compile/cache.h"
#include "rules/compile/changes.h"

namespace baleen::control {
namespace {

using rules::compile::Compiled;
using rules::compile::RuleChanges;

// The data plane opens its ports first, and answers between two rounds of housekeeping.
constexpr auto hand_over_timeout = std::chrono::seconds(60);
// Of what is wrong with rules, so many lines are told; the rest is counted.
constexpr size_t lines_told_max = 20;
// A byte may become six in JSON (\u001b): 36 KB of lines, and three times 1000 ids of 24 bytes,
// which leave a sixth of an answer (ring::answer_bytes_max) to the rest.
constexpr size_t line_bytes_max = 300;
constexpr size_t ids_told_max = 1000;
constexpr int request_bytes_max = 64;

// What the data plane maps: nobody can change it any more.
base::Result<base::FileDescriptor> sealed(std::span<const uint8_t> bytes) {
    base::FileDescriptor fd(::memfd_create("baleen-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    size_t done = 0;
    while (fd && done < bytes.size()) {
        const ssize_t wrote = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
        if (wrote <= 0) break;
        done += static_cast<size_t>(wrote);
    }
    constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (!fd || done < bytes.size() || ::fcntl(fd.get(), F_ADD_SEALS, seals) != 0)
        return base::Error{"there is no memory to hand the compiled rules over in"};
    return fd;
}

base::FileDescriptor watch_hang_ups() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return base::FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::string mib(uint64_t bytes) { return base::format_rounded(static_cast<double>(bytes), "B"); }

std::string summary_of(const rules::RuleSet& set, const Compiled& compiled,
                       const RuleChanges& changes) {
    const auto& report = compiled.report;
    std::string text =
        fmt::format("{} rules in {} databases, {} of memory, {} in {:.1f} s", report.rules,
                    report.databases.size(), mib(report.memory_bytes(1)),
                    report.cached ? "found compiled" : "compiled", report.seconds);
    if (set.counts.refused + set.counts.invalid + report.dropped.size() > 0)
        text += fmt::format(
            "; left out: {} that cannot be expressed, {} invalid, {} that do not "
            "compile",
            set.counts.refused, set.counts.invalid, report.dropped.size());
    if (!report.expensive.empty())
        text += fmt::format("; {} are judged on everything (baleen rules compile lists them)",
                            report.expensive.size());
    return text + fmt::format("; {} added, {} removed, {} changed", changes.added.size(),
                              changes.removed.size(), changes.changed.size());
}

// How many, and the first of them: an answer has an end (ring::answer_bytes_max).
nlohmann::json ids_of(const std::vector<RuleChanges::Id>& ids) {
    auto told = nlohmann::json::array();
    for (size_t i = 0; i < std::min(ids.size(), ids_told_max); i++)
        told.push_back(fmt::format("{}:{}", ids[i].first, ids[i].second));
    return {{"count", ids.size()}, {"ids", told}};
}

// What was wrong with the files, and the first lines about it.
nlohmann::json problems_of(const std::vector<rules::Problem>& problems) {
    auto lines = nlohmann::json::array();
    for (size_t i = 0; i < std::min(problems.size(), lines_told_max); i++)
        lines.push_back(rules::format_problem(problems[i]).substr(0, line_bytes_max));
    return {{"count", problems.size()}, {"lines", lines}};
}

nlohmann::json facts_of(const rules::RuleSet& set, const Compiled& compiled,
                        const RuleChanges& changes, uint32_t worker_count) {
    return {{"rules", compiled.report.rules},
            {"refused", set.counts.refused},
            {"invalid", set.counts.invalid},
            {"dropped", compiled.report.dropped.size()},
            {"databases", compiled.report.databases.size()},
            {"memory_bytes", compiled.report.memory_bytes(worker_count)},
            {"seconds", compiled.report.seconds},
            {"cached", compiled.report.cached},
            {"added", ids_of(changes.added)},
            {"removed", ids_of(changes.removed)},
            {"changed", ids_of(changes.changed)}};
}

// Text of rules may be no UTF-8.
std::string dump(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

RuleService::RuleService(const config::Settings& settings, RuleDesk& desk, Tell tell)
    : settings_(settings),
      desk_(desk),
      tell_(tell),
      hang_ups_(watch_hang_ups()),
      end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

RuleService::~RuleService() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = ::write(end_.get(), &one, sizeof one);
    if (thread_.joinable()) thread_.join();
    desk_.set_served(false);
}

// Everything up to what the data plane is handed; nothing is changed by it.
base::Result<RuleService::Prepared> RuleService::prepare(const OnProgress& on_progress) {
    rules::RuleSet set = rules::load_rules(settings_.rules.files, load_options(settings_.rules));
    problems_ = set.problems;
    for (size_t i = 0; i < std::min(problems_.size(), lines_told_max); i++)
        tell_(rules::format_problem(problems_[i]));
    if (problems_.size() > lines_told_max)
        tell_(fmt::format("... and {} more; baleen rules check lists them",
                          problems_.size() - lines_told_max));
    std::vector<std::string> notices;
    auto told_at = std::chrono::steady_clock::now();
    const auto tell_progress = [&](const rules::compile::Progress& progress) {
        desk_.set_progress(progress);
        if (on_progress) on_progress(progress);
        constexpr auto interval = std::chrono::seconds(2);
        if (std::chrono::steady_clock::now() - told_at < interval) return;
        told_at = std::chrono::steady_clock::now();
        tell_(fmt::format("compiling rules: {} of {} databases after {:.0f} s",
                          progress.databases_done, progress.database_count, progress.seconds));
    };
    auto compiled = rules::compile::compile_cached(set, compile_options(settings_),
                                                   cache_folder(settings_), tell_progress, notices);
    for (const std::string& notice : notices) tell_(notice);
    if (!compiled) return compiled.error();
    const auto dropped = rules::compile::format_notes(compiled->report.dropped, set.rules);
    for (size_t i = 0; i < std::min(dropped.size(), lines_told_max); i++) tell_(dropped[i]);
    return Prepared{std::move(set), std::move(*compiled)};
}

// Everything up to the data plane's answer; nothing is changed before that.
base::Result<RulesReport> RuleService::load_or_fail(const OnProgress& on_progress) {
    const auto prepared = prepare(on_progress);
    if (!prepared) return prepared.error();
    const auto& [set, compiled] = *prepared;
    const auto image = sealed(compiled.image.span());
    if (!image) return image.error();
    const auto answer =
        ring::hand_over_rules(settings_.run.socket, image->get(), hand_over_timeout);
    if (!answer) return answer.error();
    if (answer->generation == 0) return base::Error{answer->reason};
    generation_ = answer->generation;
    const RuleChanges changes = rules::compile::find_changes(in_use_, set.rules);
    in_use_ = set.rules;
    desk_.set_in_use(set.rules);
    nlohmann::json facts =
        facts_of(set, compiled, changes, compile_options(settings_).worker_count);
    facts.update({{"in_use", true}, {"generations_in_use", answer->generations_in_use}});
    return report_of(
        true,
        fmt::format("rules, generation {}: {}", generation_, summary_of(set, compiled, changes)),
        std::move(facts));
}

RulesReport RuleService::report_of(bool is_in_use, std::string text, nlohmann::json facts) const {
    facts.update(
        {{"text", text}, {"generation", generation_}, {"problems", problems_of(problems_)}});
    return {is_in_use, generation_, std::move(text), dump(facts)};
}

RulesReport RuleService::load(const OnProgress& on_progress) {
    auto loaded = load_or_fail(on_progress);
    if (loaded) return *loaded;
    const std::string& reason = loaded.error().message;
    return report_of(false,
                     fmt::format("the rules in use stay (generation {}): {}", generation_, reason),
                     {{"in_use", false}, {"reason", reason}});
}

RulesReport RuleService::stage() {
    const auto prepared = prepare({});
    if (!prepared) {
        const std::string& reason = prepared.error().message;
        return report_of(false, "the rules cannot be loaded: " + reason,
                         {{"staged", false}, {"reason", reason}});
    }
    const auto& [set, compiled] = *prepared;
    const RuleChanges changes = rules::compile::find_changes(in_use_, set.rules);
    nlohmann::json facts =
        facts_of(set, compiled, changes, compile_options(settings_).worker_count);
    facts["staged"] = true;
    return report_of(false, "rules, staged: " + summary_of(set, compiled, changes),
                     std::move(facts));
}

void RuleService::carry_out(RuleTask task) {
    desk_.set_task(task);
    RulesReport report = task == RuleTask::reload ? load() : stage();
    tell_(report.text);
    desk_.set_report(std::move(report));
}

void RuleService::start() {
    if (!settings_.run.control_socket.empty()) {
        auto listener = ring::listen_socket(settings_.run.control_socket);
        if (listener) listener_ = std::move(*listener);
        else
            tell_(fmt::format("without `baleen rules reload` ({}); SIGHUP reloads all the same",
                              listener.error().message));
    }
    thread_ = std::jthread([this] { serve(); });
}

void RuleService::serve() {
    desk_.set_task(RuleTask::reload);
    const auto first = load_or_fail();
    tell_(first ? first->text : first.error().message);
    if (first) desk_.set_report(*first);
    has_failed_.store(!first, std::memory_order_release);
    desk_.set_served(static_cast<bool>(first));
    while (first) {
        pollfd watched[] = {{end_.get(), POLLIN, 0},
                            {hang_ups_.get(), POLLIN, 0},
                            {desk_.asked_fd(), POLLIN, 0},
                            {listener_ ? listener_.get() : -1, POLLIN, 0}};
        ::poll(watched, std::size(watched), -1);
        if ((watched[0].revents & POLLIN) != 0) return;
        signalfd_siginfo signal;
        if (::read(hang_ups_.get(), &signal, sizeof signal) == sizeof signal)
            carry_out(RuleTask::reload);
        if (const auto task = desk_.take()) carry_out(*task);
        if ((watched[3].revents & POLLIN) == 0) continue;
        const base::FileDescriptor client(
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client) answer(client.get());
    }
}

// One request, "reload"; how far compiling is, again and again, and the report; all as JSON.
void RuleService::answer(int client) {
    pollfd waiting{client, POLLIN, 0};
    char request[request_bytes_max] = {};
    constexpr int patience_ms = 1000;
    if (::poll(&waiting, 1, patience_ms) <= 0) return;
    const ssize_t got = ::recv(client, request, sizeof request - 1, MSG_DONTWAIT);
    if (got <= 0 || !ring::is_trusted(client) || std::string_view(request) != "reload") return;
    // Whoever does not listen any more is told nothing; the rules are loaded all the same.
    const auto send = [&](const std::string& message) {
        [[maybe_unused]] const ssize_t sent =
            ::send(client, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    };
    const RulesReport report = load([&](const rules::compile::Progress& progress) {
        send(nlohmann::json{{"databases_done", progress.databases_done},
                            {"database_count", progress.database_count},
                            {"seconds", progress.seconds}}
                 .dump());
    });
    tell_(report.text);
    send(report.json);
    desk_.set_report(report);
}

}  // namespace baleen::control
