#include "rules/compile/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>

#include "base/file_descriptor.h"
#include "rules/compile/report_text.h"
#include "rules/compile/sha256.h"

namespace baleen::rules::compile {
namespace {

constexpr uint64_t cache_magic = 0x3145484341434c42;  // "BLCACHE1" in memory order

// The image follows, and behind it the report as text (report_text.h).
struct CacheHeader {
    uint64_t magic;
    uint64_t image_bytes;
    uint64_t report_bytes;
    ContentKey key;
    Sha256::Digest checksum;  // of all that is behind the header
};

Sha256::Digest checksum_of(std::span<const uint8_t> image, std::string_view report) {
    Sha256 hash;
    hash.add(image);
    hash.add(report);
    return hash.finish();
}

bool read_exactly(int file, void* to, size_t size) {
    auto* at = static_cast<char*>(to);
    while (size > 0) {
        const ssize_t got = ::read(file, at, size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        size -= static_cast<size_t>(got);
    }
    return true;
}

bool write_all(int file, const void* from, size_t size) {
    const auto* at = static_cast<const char*>(from);
    while (size > 0) {
        const ssize_t put = ::write(file, at, size);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        at += put;
        size -= static_cast<size_t>(put);
    }
    return true;
}

// Empty: nothing is wrong with it.
std::string read_file(int file, const ContentKey& key, const hs_platform_info_t& platform,
                      Compiled& out) {
    struct stat status {};
    CacheHeader header{};
    if (::fstat(file, &status) != 0 || !read_exactly(file, &header, sizeof header))
        return "it is cut short";
    if (header.magic != cache_magic) return "it is no file of the cache";
    if (header.key != key) return "it was made of other rules";
    const auto rest = static_cast<uint64_t>(status.st_size) - sizeof header;
    if (header.image_bytes > rest || header.report_bytes != rest - header.image_bytes)
        return "it has a wrong size";
    out.image = ImageBytes(header.image_bytes);
    std::string report(header.report_bytes, '\0');
    if (!read_exactly(file, out.image.span().data(), header.image_bytes) ||
        !read_exactly(file, report.data(), report.size()))
        return "it cannot be read";
    if (checksum_of(out.image.span(), report) != header.checksum) return "it is damaged";
    const auto image = ruleset::Image::open(out.image.span());
    if (!image) return image.error().message;
    if (std::string_view(image->header().hyperscan_version.data()) != ::hs_version())
        return fmt::format("it was made by Hyperscan {}, and this is {}",
                           image->header().hyperscan_version.data(), ::hs_version());
    if (image->header().cpu_features != platform.cpu_features) return "it is for another CPU";
    describe(*image, out.report);
    if (!read_report(report, out.report)) return "its report cannot be read";
    return {};
}

}  // namespace

std::string Cache::path_of(const ContentKey& key) const {
    return fmt::format("{}/{}.ruleset", folder_, to_hex(key));
}

std::optional<Compiled> Cache::find(const ContentKey& key, const hs_platform_info_t& platform,
                                    std::string& notice) const {
    const std::string path = path_of(key);
    const base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) {
        if (errno != ENOENT) notice = fmt::format("{} is not used: {}", path, ::strerror(errno));
        return std::nullopt;
    }
    Compiled compiled;
    const std::string problem = read_file(file.get(), key, platform, compiled);
    if (problem.empty()) {
        compiled.report.cached = true;
        return compiled;
    }
    notice = fmt::format("{} is not used: {}", path, problem);
    return std::nullopt;
}

std::string Cache::store(const ContentKey& key, const Compiled& compiled) const {
    const auto because = [&](const char* what) {
        return fmt::format("the compiled rules are not kept in {}: {}: {}", folder_, what,
                           ::strerror(errno));
    };
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
    std::string temporary = path_of(key) + ".XXXXXX";
    const base::FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file) return because("no file can be made");
    const auto image = compiled.image.span();
    const std::string report = format_report(compiled.report);
    CacheHeader header = {cache_magic, image.size(), report.size(), key,
                          checksum_of(image, report)};
    const bool written = write_all(file.get(), &header, sizeof header) &&
                         write_all(file.get(), image.data(), image.size()) &&
                         write_all(file.get(), report.data(), report.size()) &&
                         ::fsync(file.get()) == 0 &&
                         ::rename(temporary.c_str(), path_of(key).c_str()) == 0;
    if (written) return {};
    std::string problem = because("it cannot be written");
    ::unlink(temporary.c_str());
    return problem;
}

base::Result<Compiled> compile_cached(const RuleSet& set, const CompileOptions& options,
                                      const std::string& folder, const OnProgress& on_progress,
                                      std::vector<std::string>& notices) {
    if (folder.empty()) return compile_rules(set, options, on_progress);
    const Cache cache(folder);
    const ContentKey key = content_key(set, options);
    std::string notice;
    auto found = cache.find(key, platform_of(options), notice);
    if (!notice.empty()) notices.push_back(std::move(notice));
    if (found) {
        if (std::string problem = budget_problem(found->report, options); !problem.empty())
            return base::Error{std::move(problem)};
        return std::move(*found);
    }
    auto compiled = compile_rules(set, options, on_progress);
    if (!compiled) return compiled;
    if (std::string problem = cache.store(key, *compiled); !problem.empty())
        notices.push_back(std::move(problem));
    return compiled;
}

}  // namespace baleen::rules::compile
