// Which chunks may have what is looked for: keys, joined by "all" and "any". Says too much, never
// too little.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <vector>

#include "packets/key.h"

namespace baleen::packets {

using ChunkNumbers = std::vector<uint32_t>;  // rising

struct Selector {
    enum class Kind : uint8_t { everything, key, all, any } kind = Kind::everything;
    Key key = 0;
    std::vector<Selector> children;

    static Selector of(Key key) { return {Kind::key, key, {}}; }
    static Selector any(std::vector<Selector> children) {
        return {Kind::any, 0, std::move(children)};
    }
    static Selector all(std::vector<Selector> children) {
        return {Kind::all, 0, std::move(children)};
    }

    // None: every chunk. `chunks_of` answers for one key.
    template <class ChunksOf>
    std::optional<ChunkNumbers> chunks(const ChunksOf& chunks_of) const {
        if (kind == Kind::everything) return std::nullopt;
        if (kind == Kind::key) return chunks_of(key);
        std::optional<ChunkNumbers> joined;
        if (kind == Kind::any) joined.emplace();
        for (const Selector& child : children) {
            const auto found = child.chunks(chunks_of);
            if (kind == Kind::any && !found) return std::nullopt;
            if (kind == Kind::all && !found) continue;
            if (!joined) joined = found;
            else joined = kind == Kind::any ? united(*joined, *found) : common(*joined, *found);
        }
        return joined;
    }
    template <class Take>
    void each_key(const Take& take) const {
        if (kind == Kind::key) take(key);
        for (const Selector& child : children) child.each_key(take);
    }

private:
    static ChunkNumbers united(const ChunkNumbers& a, const ChunkNumbers& b) {
        ChunkNumbers out;
        std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
        return out;
    }
    static ChunkNumbers common(const ChunkNumbers& a, const ChunkNumbers& b) {
        ChunkNumbers out;
        std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
        return out;
    }
};

}  // namespace baleen::packets
