#include "control/api/static_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "base/file_descriptor.h"

namespace baleen::api {
namespace {

// A dashboard has some 50 files and 10 MB; these bounds only keep a wrong folder out of memory.
constexpr size_t files_max = 4096;
constexpr size_t bytes_max = 64 << 20;
constexpr size_t hash_length = 8;

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/vnd.microsoft.icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".xml", "application/xml"},
    {".yaml", "application/yaml"},
    {".pdf", "application/pdf"},
}};

std::optional<std::string> read_file(const std::string& path) {
    const base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > static_cast<off_t>(bytes_max))
        return std::nullopt;
    std::string bytes(static_cast<size_t>(status.st_size), '\0');
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
        if (got <= 0) return std::nullopt;
        done += static_cast<size_t>(got);
    }
    return bytes;
}

StaticFiles::Content content_of(std::string bytes) {
    std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
    ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
    std::string etag = "\"";
    for (size_t i = 0; i < 16; i++) etag += fmt::format("{:02x}", hash[i]);
    return {std::make_shared<const std::string>(std::move(bytes)), etag + "\""};
}

}  // namespace

std::string_view content_type_of(std::string_view name) {
    for (const auto& [ending, type] : types)
        if (name.ends_with(ending)) return type;
    return "application/octet-stream";
}

// "app.3F2A91BC.js": between the last two dots, in the capitals of esbuild or in hexadecimal. A
// word ("app.settings.js") is none.
bool has_hash(std::string_view name) {
    const size_t last = name.rfind('.');
    if (last == std::string_view::npos || last < hash_length + 2) return false;
    const size_t begin = last - hash_length;
    if (name[begin - 1] != '.' || name[begin - 2] == '/') return false;
    const std::string_view hash = name.substr(begin, hash_length);
    return hash.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
               std::string_view::npos ||
           hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

base::Result<StaticFiles> StaticFiles::load(const std::string& folder) {
    namespace fs = std::filesystem;
    const auto cannot = [&](std::string_view why) {
        return base::Error{fmt::format("api.www: {}: {}", folder, why)};
    };
    StaticFiles files;
    std::map<std::string, std::string> packed;  // FILE.gz, by FILE
    std::error_code error;
    // Does not go into folders that are links.
    fs::recursive_directory_iterator entry(folder, error);
    if (error) return cannot(error.message());
    for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (error) return cannot(error.message());
        const std::string relative = entry->path().lexically_relative(folder).string();
        if (entry->path().filename().string().starts_with('.')) {
            entry.disable_recursion_pending();
            continue;
        }
        if (entry->is_symlink(error) || !entry->is_regular_file(error)) continue;
        auto bytes = read_file(entry->path().string());
        if (!bytes) return cannot(fmt::format("{} cannot be read", relative));
        files.bytes_ += bytes->size();
        if (files.files_.size() + packed.size() >= files_max || files.bytes_ > bytes_max)
            return cannot("more than 4096 files or 64 MiB; is this the right folder?");
        const std::string path = "/" + relative;
        if (path.ends_with(".gz")) {
            packed[path.substr(0, path.size() - 3)] = std::move(*bytes);
            continue;
        }
        files.files_[path] = {
            std::string(content_type_of(path)), content_of(std::move(*bytes)), {}, has_hash(path)};
    }
    for (auto& [path, bytes] : packed)
        if (const auto file = files.files_.find(path); file != files.files_.end())
            file->second.gzip = content_of(std::move(bytes));
    return files;
}

const StaticFiles::File* StaticFiles::find(std::string_view path) const {
    const auto file = files_.find(path == "/" ? "/index.html" : path);
    return file == files_.end() ? nullptr : &file->second;
}

}  // namespace baleen::api
