// `baleen pcap`: the files of packets that runs wrote: which there are, and those that a dead
// writer left made whole again.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/time_text.h"
#include "control/store/store.h"
#include "packets/archive.h"
#include "packets/recover.h"
#include "record/text.h"

namespace baleen::cli {
namespace {

using packets::ArchiveFile;
using packets::Recovery;

struct Summary {
    uint64_t packets = 0;
    uint64_t chunks = 0;
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;
};

Summary summary_of(const ArchiveFile& file, std::vector<std::string>& problems) {
    Summary summary;
    for (const packets::ChunkRow& row : packets::all_chunks(file, problems)) {
        summary.packets += row.packets;
        summary.chunks++;
        summary.first_ns = std::min(summary.first_ns, row.first_ns);
        summary.last_ns = std::max(summary.last_ns, row.last_ns);
    }
    return summary;
}

void print_file(const ArchiveFile& file, const Summary& summary, bool json) {
    const bool has_times = summary.packets != 0;
    const std::string first = has_times ? time_text(summary.first_ns) : "";
    const std::string last = has_times ? time_text(summary.last_ns) : "";
    if (!json) {
        fmt::print("{:<27} {:<27} {:>12} {:>14} {:<6} {}\n", first, last, summary.packets,
                   file.bytes, packets::state_name(file.state), file.path);
        return;
    }
    std::string path;
    record::append_json_string(path, file.path);
    fmt::print(
        "{{\"file\":{},\"state\":\"{}\",\"first\":\"{}\",\"last\":\"{}\",\"packets\":{},"
        "\"chunks\":{},\"bytes\":{}}}\n",
        path, packets::state_name(file.state), first, last, summary.packets, summary.chunks,
        file.bytes);
}

int list(const std::string& data, bool json) {
    const std::string store = data.empty() ? store::default_directory() : data;
    const auto files = packets::list_files(packets::packets_folder(store));
    if (!files) return run_error(files.error().message);
    if (!json)
        fmt::print("{:<27} {:<27} {:>12} {:>14} {:<6} {}\n", "first", "last", "packets", "bytes",
                   "state", "file");
    std::vector<std::string> problems;
    for (const ArchiveFile& file : *files) print_file(file, summary_of(file, problems), json);
    for (const std::string& problem : problems) run_error(problem);
    return problems.empty() ? exit_ok : exit_failure;
}

std::string_view done_text(Recovery::Done done) {
    switch (done) {
        case Recovery::Done::nothing: return "is whole";
        case Recovery::Done::indexed: return "has an index again";
        case Recovery::Done::truncated: return "is cut behind its last whole packet";
        case Recovery::Done::rewritten: return "is written anew without what was damaged";
    }
    return "";
}

int recover(const std::vector<std::string>& paths) {
    int status = exit_ok;
    for (const std::string& path : paths) {
        const auto recovery = packets::recover(path);
        if (!recovery) {
            status = run_error(recovery.error().message);
            continue;
        }
        fmt::print("{} {}: {} packets and {} bytes kept, {} bytes dropped\n", path,
                   done_text(recovery->done), recovery->packets_kept, recovery->bytes_kept,
                   recovery->bytes_dropped);
        if (recovery->packets_missing != 0)
            fmt::print("{} lacks {} packets that its index knew of\n", path,
                       recovery->packets_missing);
        if (recovery->chunks_parsed != 0)
            fmt::print("{}: the packets of {} chunks were parsed for the index\n", path,
                       recovery->chunks_parsed);
    }
    return status;
}

}  // namespace

Command add_pcap(CLI::App& app) {
    struct State {
        std::string data;
        bool json = false;
        std::vector<std::string> files;
    };
    auto state = std::make_shared<State>();
    app.require_subcommand(1);
    auto* list_app = app.add_subcommand("list", "Files of packets, their times, sizes and states");
    list_app->add_option("--data", state->data,
                         "Folder of the store; packets lie in it or in packets/");
    list_app->add_flag("--json", state->json, "One JSON object per line");
    auto* recover_app =
        app.add_subcommand("recover", "Make files whole again that a dead writer left");
    recover_app->add_option("FILE", state->files, "Files of packets")->required();
    return [state, list_app]() -> int {
        return list_app->parsed() ? list(state->data, state->json) : recover(state->files);
    };
}

}  // namespace baleen::cli
