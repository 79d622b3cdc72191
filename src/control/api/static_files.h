// The files of a folder, served beside the API: a dashboard.
//
// All of them are read at the start, so that answering needs no disk (which the capture may keep
// busy) and no request can name a file outside: a path either is one of the map or is not there.
// Symbolic links, hidden files and what is no regular file are left out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace baleen::api {

class StaticFiles {
public:
    struct Content {
        std::shared_ptr<const std::string> bytes;
        std::string etag;
    };
    struct File {
        std::string content_type;
        Content plain;
        Content gzip;               // of FILE.gz beside it; without bytes: there is none
        bool is_immutable = false;  // its name has a hash of its content: name.HASH8.ext
    };

    StaticFiles() = default;
    static base::Result<StaticFiles> load(const std::string& folder);

    // `path` decoded, with its leading slash; "/" is index.html. nullptr: there is none.
    const File* find(std::string_view path) const;
    size_t size() const { return files_.size(); }
    size_t bytes() const { return bytes_; }

private:
    std::map<std::string, File, std::less<>> files_;
    size_t bytes_ = 0;
};

std::string_view content_type_of(std::string_view name);
bool has_hash(std::string_view name);

}  // namespace baleen::api
