// Packed files.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace baleen::test {

class GzipWriter {
public:
    explicit GzipWriter(const std::string& path) : file_(::gzopen(path.c_str(), "wb1")) {
        EXPECT_NE(file_, nullptr) << path;
    }
    ~GzipWriter() { EXPECT_EQ(::gzclose(file_), Z_OK); }
    GzipWriter(const GzipWriter&) = delete;
    GzipWriter& operator=(const GzipWriter&) = delete;

    void write(std::string_view bytes) {
        EXPECT_EQ(::gzwrite(file_, bytes.data(), static_cast<unsigned>(bytes.size())),
                  static_cast<int>(bytes.size()));
    }

private:
    gzFile file_;
};

// The path of a new packed file with these bytes in it.
inline std::string write_gzip(const std::string& path, std::string_view bytes) {
    GzipWriter(path).write(bytes);
    return path;
}

inline std::string file_bytes(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace baleen::test
