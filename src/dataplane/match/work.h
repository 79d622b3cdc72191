// What a judgement may still cost, and how that is counted: in units that do not depend on the
// machine, so that a capture gives the same verdicts everywhere.
//
// A unit is about 10 ns: an attempt of one step, one candidate compared, or a stretch of bytes
// looked through (literals run through 64 of them in that time, expressions through about 16).
#pragma once

#include <cstddef>
#include <cstdint>

namespace baleen::match {

class Work {
public:
    static constexpr uint64_t literal_bytes_per_unit = 64;
    static constexpr uint64_t expression_bytes_per_unit = 16;

    explicit Work(uint64_t units) : units_(static_cast<int64_t>(units)), left_(units_) {}

    void take(uint64_t units) { left_ -= static_cast<int64_t>(units); }
    bool spent() const { return left_ < 0; }
    uint64_t taken() const { return static_cast<uint64_t>(units_ - left_); }

private:
    int64_t units_;
    int64_t left_;
};

}  // namespace baleen::match
