// `baleen store export`: flows and events of a time or of a filter, into one file.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/options.h"
#include "cli/store_commands.h"
#include "control/store/slice.h"
#include "control/store/slice_rows.h"
#include "control/store/store_files.h"
#include "filter/literal.h"
#include "record/alert.h"
#include "record/eve_json.h"
#include "record/event_row.h"

namespace baleen::cli {
namespace {

using filter::Kind;

struct Options {
    std::string data, output, from, to;
    std::string format = "json";
    std::string type = "flows";
    std::vector<std::string> words;
};

// Where rows go.
class Sink {
public:
    virtual ~Sink() = default;
    virtual base::Status take(const store::Run& run, const filter::Subject& subject) = 0;
    virtual base::Status end() = 0;
};

class TextSink : public Sink {
public:
    TextSink(std::FILE* file, std::string path, bool csv, Kind kind)
        : file_(file), path_(std::move(path)), csv_(csv) {
        if (csv)
            (out_ += kind == Kind::flow ? record::csv_header : record::event_csv_header) += '\n';
    }
    ~TextSink() override {
        if (file_ != stdout) std::fclose(file_);
    }

    base::Status take(const store::Run&, const filter::Subject& subject) override {
        if (subject.match != nullptr) {
            if (csv_) record::append_event_csv(out_, *subject.match, subject.port_name);
            else record::append_eve_alert(out_, *subject.match, subject.port_name);
        } else if (subject.app != nullptr) {
            if (csv_) record::append_event_csv(out_, *subject.app, subject.port_name);
            else record::append_eve_app(out_, *subject.app, subject.port_name);
        } else if (csv_) {
            record::append_csv(out_, subject.record);
        } else {
            record::append_eve_json(out_, subject.record, subject.port_name);
        }
        out_ += '\n';
        return out_.size() < write_bytes ? base::Status(base::Ok{}) : write();
    }
    base::Status end() override {
        if (auto status = write(); !status) return status;
        return std::fflush(file_) == 0 ? base::Status(base::Ok{}) : refused();
    }

private:
    static constexpr size_t write_bytes = 1 << 16;

    base::Error refused() const {
        return {fmt::format("{} cannot be written: {}", path_, std::strerror(errno))};
    }
    base::Status write() {
        const bool done = std::fwrite(out_.data(), 1, out_.size(), file_) == out_.size();
        out_.clear();
        return done ? base::Status(base::Ok{}) : refused();
    }

    std::FILE* file_;
    std::string path_;
    bool csv_;
    std::string out_;
};

// One slice, as the store has them; numbered anew, as frames of several slices are not in order.
class SliceSink : public Sink {
public:
    SliceSink(store::Slice slice, std::string path)
        : slice_(std::move(slice)), path_(std::move(path)) {}

    base::Status take(const store::Run& run, const filter::Subject& subject) override {
        const auto run_id = static_cast<uint64_t>(run.id);
        if (!slice_->knows_run(run_id))
            if (auto status = slice_->add_run(run_id, run.start_ns, run.ports); !status)
                return status;
        const store::Origin origin{run_id, 0, taken_++};
        auto status = subject.match != nullptr ? slice_->insert(origin, *subject.match)
                      : subject.app != nullptr ? slice_->insert(origin, *subject.app)
                                               : slice_->insert(origin, subject.record);
        if (status && taken_ % batch_records == 0) status = slice_->commit();
        return status;
    }
    base::Status end() override {
        if (auto status = slice_->commit(); !status) return status;
        slice_->seal();
        slice_.reset();
        const std::string part = part_of(path_);
        if (::rename(part.c_str(), path_.c_str()) == 0) return base::Ok{};
        return base::Error{fmt::format("{} cannot be written: {}", path_, std::strerror(errno))};
    }

    static std::string part_of(const std::string& path) { return path + ".part"; }

private:
    static constexpr uint64_t batch_records = 20'000;

    std::optional<store::Slice> slice_;
    std::string path_;
    uint64_t taken_ = 0;
};

base::Result<std::unique_ptr<Sink>> open_slice(const std::string& path) {
    std::error_code failed;
    if (path.empty()) return base::Error{"--format sqlite needs a file: --output FILE"};
    if (std::filesystem::exists(path, failed))
        return base::Error{fmt::format("{} is there already: delete it, or name another", path)};
    const std::string part = SliceSink::part_of(path);
    store::remove_store_file(part);
    auto slice = store::Slice::open(part);
    if (!slice) return slice.error();
    return std::unique_ptr<Sink>(std::make_unique<SliceSink>(std::move(*slice), path));
}

base::Result<std::unique_ptr<Sink>> open_sink(const Options& options, Kind kinds) {
    if (options.format == "sqlite") return open_slice(options.output);
    const bool to_stdout = options.output.empty() || options.output == "-";
    std::FILE* file = to_stdout ? stdout : std::fopen(options.output.c_str(), "we");
    if (file == nullptr)
        return base::Error{
            fmt::format("{} cannot be written: {}", options.output, std::strerror(errno))};
    return std::unique_ptr<Sink>(std::make_unique<TextSink>(
        file, to_stdout ? "standard output" : options.output, options.format == "csv", kinds));
}

// Empty: all is well; else what is wrong with the options.
std::string read_options(const Options& options, store::RowsWanted& wanted,
                         filter::Filter& filter) {
    wanted.kinds = options.type == "flows"    ? Kind::flow
                   : options.type == "events" ? Kind::event
                                              : Kind::flow | Kind::event;
    if (options.type == "all" && options.format == "csv")
        return "--format csv has one kind of rows: --type flows or --type events";
    if (options.type == "all" && !options.words.empty())
        return "a filter is about one kind: --type flows or --type events";
    for (const auto& [name, text, time_ns] : {std::tuple{"--from", &options.from, &wanted.from_ns},
                                              {"--to", &options.to, &wanted.to_ns}}) {
        if (text->empty()) continue;
        const auto parsed = filter::parse_time_ns(*text);
        if (!parsed) return fmt::format("{}: {}", name, parsed.error().message);
        *time_ns = *parsed;
    }
    if (wanted.from_ns >= wanted.to_ns) return "--from has to be before --to";
    const std::string text = fmt::format("{}", fmt::join(options.words, " "));
    if (text.empty()) return "";
    auto parsed = filter::Filter::parse(text, wanted.kinds);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return "filter:\n" + filter::format_error(text, *error);
    filter = std::move(std::get<filter::Filter>(parsed));
    return "";
}

int export_rows(const Options& options) {
    store::RowsWanted wanted;
    filter::Filter filter;
    if (const std::string problem = read_options(options, wanted, filter); !problem.empty())
        return usage_error(problem);
    const std::string directory = store_folder(options.data);
    if (directory.empty()) return exit_failure;
    auto sink = open_sink(options, wanted.kinds);
    if (!sink) return run_error(sink.error().message);
    int result = exit_ok;
    base::Status written = base::Ok{};
    for (const store::StoreFile& file : store::list_store_files(directory)) {
        // What a slice holds ended in its time or later.
        if (file.is_damaged || file.start_ns >= wanted.to_ns) continue;
        const auto status = store::read_rows(
            file.path, wanted, [&](const store::Run& run, const filter::Subject& subject) {
                if (filter.matches(subject)) written = (*sink)->take(run, subject);
                return static_cast<bool>(written);
            });
        if (!written) return run_error(written.error().message);
        if (!status) result = run_error(status.error().message + "; the rest goes on");
    }
    if (auto status = (*sink)->end(); !status) return run_error(status.error().message);
    return result;
}

}  // namespace

Command add_store_export(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--data", options->data, "Folder of the store");
    app.add_option("--format", options->format, "sqlite (a slice of its own), csv or json (EVE)")
        ->check(CLI::IsMember({"sqlite", "csv", "json"}));
    app.add_option("--type", options->type, "flows, events, or all")
        ->check(CLI::IsMember({"flows", "events", "all"}));
    app.add_option("--from", options->from,
                   "Flows that ended, events that happened then or later (2024-05-01T12:00:00Z)");
    app.add_option("--to", options->to, "... and before this time");
    app.add_option("-o,--output", options->output, "File to write; otherwise standard output");
    app.add_option("FILTER", options->words, "As for `baleen flows` and `baleen events`");
    return [options]() { return export_rows(*options); };
}

}  // namespace baleen::cli
