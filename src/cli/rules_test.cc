// `baleen rules test -r CAPTURE RULES...`: which rules hit which flows of a capture.
//
// The real programs do it, as `baleen run` starts them, with a store that is gone afterwards. Every
// hit counts: no limit of the configuration or of a rule keeps one back (rules.every_hit).
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/rules_report.h"
#include "cli/supervisor.h"
#include "cli/temporary_folder.h"
#include "control/rules/rule_options.h"
#include "control/store/query.h"
#include "record/alert.h"
#include "record/eve_json.h"
#include "record/names.h"
#include "record/text.h"
#include "rules/compile/cache.h"

namespace baleen::cli {
namespace {

using stats::Counter;

struct Options {
    std::vector<std::string> captures;
    std::vector<std::string> rules;
    std::vector<std::string> variables;
    std::vector<std::string> assignments;
    std::string classification;
    bool prefilter = false, json = false, all = false;
};

// What both processes say: of interest only if they fail, for what they say of the rules has been
// said before.
class Aside {
public:
    Aside() : fd_(::memfd_create("said-aside", MFD_CLOEXEC)) {}
    int fd() const { return fd_.get(); }
    void repeat() const {
        char buffer[1 << 12];
        off_t at = 0;
        for (ssize_t got; (got = ::pread(fd_.get(), buffer, sizeof buffer, at)) > 0; at += got)
            std::fwrite(buffer, 1, static_cast<size_t>(got), stderr);
    }

private:
    base::FileDescriptor fd_;
};

// The hits of one rule in one direction of a flow: in its packets, or in its stream.
using Key = std::tuple<uint32_t, uint32_t, uint64_t, ruleset::Side, bool>;
struct Row {
    record::Match first;
    uint64_t hits = 0;
};

class Hits {
public:
    void add(const filter::Subject& subject, bool json) {
        const record::Match& match = *subject.match;
        const record::MatchEvent& event = match.event;
        count_++;
        rules_.emplace(event.gid, event.id);
        flows_.insert(event.flow_id);
        if (json) {
            std::string line;
            record::append_alert_json(line, match, subject.port_name);
            fmt::print("{}\n", line);
            return;
        }
        const Key key{event.gid, event.id, event.flow_id, event.side,
                      (event.flags & record::on_stream) != 0};
        const auto [at, is_new] = index_.try_emplace(key, rows_.size());
        if (is_new) rows_.push_back({match, 0});
        rows_[at->second].hits++;
    }

    bool has(const rules::Rule& rule) const { return rules_.contains({rule.gid, rule.id}); }
    void print_rows() const;
    std::string summary(size_t rule_count) const {
        return fmt::format("{} of {} rules hit: {} hits in {} flows", rules_.size(), rule_count,
                           count_, flows_.size());
    }

private:
    std::vector<Row> rows_;  // in the order of their first hits
    std::map<Key, size_t> index_;
    std::set<std::pair<uint32_t, uint32_t>> rules_;
    std::set<uint64_t> flows_;
    uint64_t count_ = 0;
};

void Hits::print_rows() const {
    fmt::print("{:<16}  {:>6}  {:<9}  {:<6}  {:>8}  {:<5}  {:<27}  {:<27}  {:<20}  NAME\n", "RULE",
               "HITS", "DIRECTION", "IN", "OFFSET", "PROTO", "SOURCE", "DESTINATION", "FLOW ID");
    for (const auto& [match, hits] : rows_) {
        const record::MatchEvent& event = match.event;
        const record::FlowRecord flow = record::flow_of(event);
        const auto protocol = record::protocol_name(event.protocol);
        std::string name;
        record::append_printable(name, match.name());
        fmt::print("{:<16}  {:>6}  {:<9}  {:<6}  {:>8}  {:<5}  {:<27}  {:<27}  {:<20}  {}{}\n",
                   fmt::format("{}:{}:{}", event.gid, event.id, event.rev), hits,
                   record::direction_name(event.side),
                   (event.flags & record::on_stream) != 0 ? "stream" : "packet", event.offset,
                   protocol.empty() ? std::to_string(event.protocol) : std::string(protocol),
                   record::format_endpoint(flow, flow.initiator_address, flow.initiator_port),
                   record::format_endpoint(flow, flow.responder_address, flow.responder_port),
                   event.flow_id, name,
                   (event.flags & record::candidate) != 0 ? " (candidate)" : "");
    }
}

void print_without_hit(const std::vector<rules::Rule>& rules, const Hits& hits, bool json) {
    for (const rules::Rule& rule : rules) {
        if (hits.has(rule)) continue;
        std::string name;
        if (json) {
            record::append_json_string(name, rule.name);
            fmt::print(
                R"({{"event_type":"no_hit","gid":{},"signature_id":{},"rev":{},"signature":{}}})"
                "\n",
                rule.gid, rule.id, rule.rev, name);
        } else {
            record::append_printable(name, rule.name);
            fmt::print("{:<16}  {:>6}  {}\n", fmt::format("{}:{}:{}", rule.gid, rule.id, rule.rev),
                       0, name);
        }
    }
}

config::Problems settings_of(const Options& options, const std::string& folder,
                             config::Settings& settings) {
    config::Problems problems = load_settings("", options.assignments, settings);
    const config::Problems missing = expand_captures(options.captures, settings.source.files);
    problems.insert(problems.end(), missing.begin(), missing.end());
    settings.rules.files = options.rules;
    settings.rules.variables = options.variables;
    settings.rules.classification = options.classification;
    settings.rules.prefilter = options.prefilter;
    settings.rules.every_hit = true;
    settings.match.events_per_flow = settings.match.events_per_second = UINT32_MAX;
    settings.store.enabled = true;
    settings.store.directory = folder;
    settings.store.retention_bytes = uint64_t{1} << 50;  // as good as none
    settings.store.retention_age_ns = base::duration_off;
    settings.run.control_socket.clear();
    if (problems.empty()) problems = check_settings(settings);
    return problems;
}

// The rules as the control process will load them; it finds them compiled. Error: none is left.
base::Result<std::vector<rules::Rule>> load_and_compile(const config::Settings& settings,
                                                        bool& has_problems) {
    rules::RuleSet set =
        rules::load_rules(settings.rules.files, control::load_options(settings.rules));
    print_problems(set);
    if (set.counts.refused > 0)
        run_error(fmt::format("{} rules cannot be expressed (`baleen rules import` says why)",
                              set.counts.refused));
    has_problems = !set.problems.empty();
    if (set.rules.empty()) return base::Error{"there is no rule to test"};
    std::vector<std::string> notices;
    const auto compiled = rules::compile::compile_cached(
        set, control::compile_options(settings), control::cache_folder(settings), {}, notices);
    for (const std::string& notice : notices) run_error(notice);
    if (!compiled) return compiled.error();
    for (const std::string& note :
         rules::compile::format_notes(compiled->report.dropped, set.rules))
        fmt::print(stderr, "{}\n", note);
    has_problems = has_problems || !compiled->report.dropped.empty();
    return std::move(set.rules);
}

// Hits that may be missing, and why.
void tell_what_was_not_looked_at(const base::Ledger& ledger) {
    for (const Counter counter :
         {Counter::match_streams_full, Counter::match_states_full, Counter::match_kept_full,
          Counter::match_unjudged, Counter::match_gave_up}) {
        const base::CounterInfo& info = base::counter_infos[static_cast<uint32_t>(counter)];
        if (const uint64_t count = ledger.counter(counter); count > 0)
            run_error(fmt::format("hits may be missing. {}: {}", info.description, count));
    }
    if (const uint64_t dropped = ledger.term("events_dropped"); dropped > 0)
        run_error(fmt::format("{} hits are not shown: the store did not take them", dropped));
}

int test(const Options& options) {
    const TemporaryFolder folder("baleen-rules-test");
    if (folder.path().empty()) return run_error("there is no place for a temporary store");
    config::Settings settings;
    const auto wrong = settings_of(options, folder.path(), settings);
    for (const std::string& problem : wrong) usage_error(problem);
    if (!wrong.empty()) return exit_usage;
    bool has_problems = false;
    const auto rules = load_and_compile(settings, has_problems);
    if (!rules) return run_error(rules.error().message);

    const Aside aside;
    Supervisor supervisor(settings, {.out = -1, .error = aside.fd()});
    const RunResult result = supervisor.run([](const stats::Segment&, const base::Ledger&) {});
    const bool has_failed = result.exit_status != exit_ok || !result.ended_well;
    if (has_failed) aside.repeat();
    // A capture that is damaged somewhere was looked at up to there.
    if (!result.ended_well) return exit_failure;
    store::Query query;
    query.kind = filter::Kind::alert;
    Hits hits;
    std::vector<std::string> unreadable;
    const auto status = store::run_query(
        folder.path(), query,
        [&](const filter::Subject& subject) {
            hits.add(subject, options.json);
            return true;
        },
        unreadable);
    if (!status) return run_error(status.error().message);
    for (const std::string& problem : unreadable) run_error(problem);
    if (!options.json) hits.print_rows();
    if (options.all) print_without_hit(*rules, hits, options.json);
    if (!options.json) fmt::print("{}\n", hits.summary(rules->size()));
    tell_what_was_not_looked_at(result.ledger);
    return has_failed || has_problems || !unreadable.empty() ? exit_failure : exit_ok;
}

}  // namespace

Command add_rules_test(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("-r,--read", options->captures,
                   "Capture file, folder of captures, or - for standard input; may be repeated")
        ->required()
        ->allow_extra_args(false);
    app.add_option("FILE", options->rules,
                   "Rule files: native (.toml), or those of Suricata and Snort 3")
        ->required();
    app.add_option("--var", options->variables,
                   "NAME=VALUE: a variable such as HOME_NET, as rules write addresses and ports")
        ->allow_extra_args(false);
    app.add_option("--classification", options->classification,
                   "classification.config with the priorities of classtypes");
    app.add_flag("--prefilter", options->prefilter,
                 "Load what is left of rules that cannot be expressed; their hits are candidates");
    app.add_flag("--json", options->json, "Every hit as a line of JSON, as `baleen events` has it");
    app.add_flag("--all", options->all, "A line for each rule that did not hit, too");
    app.add_option("--set", options->assignments,
                   "KEY=VALUE: any key of the configuration; may be repeated")
        ->allow_extra_args(false);
    return [options] { return test(*options); };
}

}  // namespace baleen::cli
