// A folder for sockets, ledgers, logs or a store; gone with its contents.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace baleen::cli {

class TemporaryFolder {
public:
    // `name`: the folder's begins so.
    explicit TemporaryFolder(const std::string& name) {
        std::error_code failed;
        path_ = (std::filesystem::temp_directory_path(failed) / (name + "-XXXXXX")).string();
        if (::mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    // Empty: there is none.
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace baleen::cli
