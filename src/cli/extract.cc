// `baleen extract`: packets out of the files that `baleen run -W` wrote, in the order of time.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/packet_matcher.h"
#include "cli/packet_search.h"
#include "control/store/store.h"
#include "filter/literal.h"

namespace baleen::cli {
namespace {

struct Options {
    std::string data;
    std::vector<std::string> words;
    std::string from, to;
    std::vector<uint64_t> flow_ids;
    std::string flows;
    std::string pcap_filter;
    std::string output;
    bool json = false;
    bool where = false;
};

// Where packets that were found lie: a chunk.
struct Place {
    std::string file;
    uint64_t offset;
    uint32_t stored_bytes;
    size_t packets;
};

// What was done, for people and as JSON.
struct Tally {
    uint64_t files = 0;       // there are
    uint64_t files_read = 0;  // with chunks that were read
    uint64_t chunks_read = 0;
    uint64_t bytes_read = 0;  // of chunks, as stored
    uint64_t packets = 0;
};

class Extraction {
public:
    Extraction(std::vector<packets::ArchiveFile> files, PacketMatcher& matcher,
               ExtractOutput& output)
        : files_(std::move(files)), matcher_(matcher), output_(output) {
        tally_.files = files_.size();
    }

    base::Status run(const PacketSearch& search);
    const Tally& tally() const { return tally_; }
    // In the order in which they were read: by the time of their first packet.
    const std::vector<Place>& places() const { return places_; }
    const std::vector<std::string>& problems() const { return problems_; }

private:
    struct OpenFile {
        std::optional<packets::PacketFile> file;  // none: it cannot be opened
        uint64_t chunks_left = 0;
        bool has_learned = false;  // interfaces behind the file's head
    };

    base::Status load(const packets::ChunkPlace& place, packets::Merge::Kept& kept);
    packets::PacketFile* open(uint32_t number, OpenFile& slot);

    std::vector<packets::ArchiveFile> files_;
    PacketMatcher& matcher_;
    ExtractOutput& output_;
    Tally tally_;
    std::map<uint32_t, OpenFile> open_;  // those with chunks that are not read yet
    std::vector<std::string> problems_;
    std::vector<Place> places_;
};

base::Status Extraction::run(const PacketSearch& search) {
    std::vector<packets::ChunkPlace> chunks;
    for (uint32_t number = 0; number < files_.size(); number++) {
        const auto rows =
            packets::candidates(files_[number], search.selector, search.range, problems_);
        for (const packets::ChunkRow& row : rows) chunks.push_back({number, row});
        if (!rows.empty()) open_[number].chunks_left = rows.size();
    }
    tally_.files_read = open_.size();
    return packets::Merge::run(
        std::move(chunks),
        [&](const packets::ChunkPlace& place, packets::Merge::Kept& kept) {
            return load(place, kept);
        },
        [&](uint32_t, const packets::PacketView& packet) {
            tally_.packets++;
            return output_.write(packet);
        });
}

packets::PacketFile* Extraction::open(uint32_t number, OpenFile& slot) {
    if (slot.file) return &*slot.file;
    auto file = packets::PacketFile::open(files_[number].path);
    if (!file) {
        problems_.push_back(file.error().message);
        return nullptr;
    }
    slot.file.emplace(*std::move(file));
    return &*slot.file;
}

bool describes_all(const packets::PacketFile& file, packets::Bytes chunk) {
    packets::PacketCursor cursor(chunk, file.is_pcap());
    while (const auto packet = cursor.next())
        if (packet->interface >= file.interfaces().size()) return false;
    return true;
}

base::Status Extraction::load(const packets::ChunkPlace& place, packets::Merge::Kept& kept) {
    OpenFile& slot = open_[place.file];
    if (packets::PacketFile* file = open(place.file, slot)) {
        auto chunk = file->read_chunk(place.row);
        // A file describes an interface when it gets its first chunk with packets of it.
        if (chunk && !slot.has_learned && !describes_all(*file, *chunk)) {
            packets::learn_interfaces(files_[place.file], *file, problems_);
            slot.has_learned = true;
            chunk = file->read_chunk(place.row);
        }
        if (chunk) {
            tally_.chunks_read++;
            tally_.bytes_read += place.row.stored_bytes;
            const uint64_t left_out = matcher_.keep(*file, place.row.worker, *chunk, kept);
            if (!kept.packets.empty())
                places_.push_back(
                    {file->path(), place.row.offset, place.row.stored_bytes, kept.packets.size()});
            if (left_out != 0)
                problems_.push_back(fmt::format(
                    "{} packets of '{}' came in by interfaces that it does not describe", left_out,
                    file->path()));
        } else {
            problems_.push_back(chunk.error().message);
        }
    }
    if (--slot.chunks_left == 0) open_.erase(place.file);
    return base::Ok{};
}

void print_tally(const Tally& tally, bool json, std::FILE* to) {
    if (json)
        fmt::print(to,
                   "{{\"packets\":{},\"chunks_read\":{},\"bytes_read\":{},\"files_read\":{},"
                   "\"files\":{}}}\n",
                   tally.packets, tally.chunks_read, tally.bytes_read, tally.files_read,
                   tally.files);
    else
        fmt::print(stderr, "{} packets, out of {} chunks in {} of {} files\n", tally.packets,
                   tally.chunks_read, tally.files_read, tally.files);
}

void print_places(const std::vector<Place>& places, std::FILE* to) {
    for (const Place& place : places)
        fmt::print(to, "{}\n",
                   nlohmann::ordered_json{{"file", place.file},
                                          {"offset", place.offset},
                                          {"stored_bytes", place.stored_bytes},
                                          {"packets", place.packets}}
                       .dump());
}

// RFC 3339 or seconds since 1970; empty: what it is without.
base::Status read_time(std::string_view option, const std::string& text, int64_t& time_ns) {
    if (text.empty()) return base::Ok{};
    const auto told = filter::parse_time_ns(text);
    if (!told) return base::Error{fmt::format("{}: {}", option, told.error().message)};
    time_ns = *told;
    return base::Ok{};
}

// What the options ask for; `search` is what of it the index can tell.
base::Status read_wishes(const Options& options, const std::string& store,
                         PacketMatcher::Wishes& wishes, PacketSearch& search,
                         std::vector<std::string>& problems) {
    const std::string text = fmt::format("{}", fmt::join(options.words, " "));
    auto parsed = filter::Filter::parse(text, filter::Kind::packet);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return base::Error{"filter:\n" + filter::format_error(text, *error)};
    wishes.filter = std::move(std::get<filter::Filter>(parsed));
    if (auto status = check_fields_of_stored_packets(wishes.filter); !status) return status;
    auto pcap_filter = packet::CaptureFilter::compile(options.pcap_filter);
    if (!pcap_filter) return pcap_filter.error();
    wishes.pcap_filter = *std::move(pcap_filter);
    auto& range = wishes.range;
    if (auto status = read_time("--from", options.from, range.from_ns); !status) return status;
    if (auto status = read_time("--to", options.to, range.to_ns); !status) return status;
    auto flows = WantedFlows::find(store, options.flow_ids, options.flows, problems);
    if (!flows) return flows.error();
    wishes.flows = *std::move(flows);
    search = search_of(wishes.filter);
    search.selector = packets::Selector::all({std::move(search.selector), wishes.flows.selector()});
    search.range.from_ns = std::max(search.range.from_ns, range.from_ns);
    search.range.to_ns = std::min(search.range.to_ns, range.to_ns);
    return base::Ok{};
}

int extract(const Options& options) {
    const std::string store = options.data.empty() ? store::default_directory() : options.data;
    PacketMatcher::Wishes wishes;
    PacketSearch search;
    std::vector<std::string> problems;
    if (auto status = read_wishes(options, store, wishes, search, problems); !status)
        return usage_error(status.error().message);
    const auto kernel = packet::choose_parse_kernel("auto");
    if (!kernel) return usage_error(kernel.error().message);
    auto files = packets::list_files(packets::packets_folder(store));
    if (!files) return run_error(files.error().message);
    if (files->empty())
        return run_error(
            fmt::format("there are no files of packets in {}; --data names another folder", store));
    auto output = ExtractOutput::open(options.output);
    if (!output) return run_error(output.error().message);

    const auto matcher =
        std::make_unique<PacketMatcher>(std::move(wishes), kernel->parse_batch, *output);
    Extraction extraction(*std::move(files), *matcher, *output);
    auto status = extraction.run(search);
    if (auto closed = output->close(); status && !closed) status = closed;
    problems.insert(problems.end(), extraction.problems().begin(), extraction.problems().end());
    if (!status) problems.push_back(status.error().message);
    for (const std::string& problem : problems) run_error(problem);
    std::FILE* const told = options.output == "-" ? stderr : stdout;
    if (options.where) print_places(extraction.places(), told);
    print_tally(extraction.tally(), options.json, told);
    return problems.empty() ? exit_ok : exit_failure;
}

}  // namespace

Command add_extract(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--data", options->data,
                   "Folder of the store; packets lie in it or in packets/");
    app.add_option("--from", options->from, "Packets from this time on: RFC 3339, or seconds");
    app.add_option("--to", options->to, "Packets before this time");
    app.add_option("--flow", options->flow_ids, "Packets of this flow; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--flows", options->flows,
                   "Packets of the flows in the store that fit, like: 'tls.sni contains \"shop\"'");
    app.add_option("--pcap-filter", options->pcap_filter, "Packets that fit, pcap-filter(7)");
    app.add_option("-w,--write", options->output, "File to write, pcapng; - for standard output")
        ->required();
    app.add_flag("--where", options->where, "Which chunks of which files have them, as JSON lines");
    app.add_flag("--json", options->json, "What was read and found, as a JSON object");
    app.add_option("FILTER", options->words,
                   "Packets that fit, as 'baleen read -Y'; docs/filter.md has the language");
    return [options]() -> int { return extract(*options); };
}

}  // namespace baleen::cli
