// What a query asks, as a number.
#include <re2/re2.h>

#include "control/store/base64url.h"
#include "control/store/order.h"
#include "filter/node.h"

namespace baleen::store {
namespace {

// Every part with its length, so that none runs into the next.
class Mix {
public:
    void add(uint64_t number) {
        hash_ = fnv1a({reinterpret_cast<const char*>(&number), sizeof number}, hash_);
    }
    void add(std::string_view text) {
        add(text.size());
        hash_ = fnv1a(text, hash_);
    }
    void add(const filter::Literal& literal) {
        add(literal.low);
        add(literal.high);
        add(std::string_view(reinterpret_cast<const char*>(literal.address.data()),
                             literal.address.size()));
        add(literal.prefix_bits);
        add(uint64_t{literal.has_address});
        add(literal.text);
        add(literal.expression == nullptr ? std::string_view{} : literal.expression->pattern());
    }
    void add(const filter::Node& node) {
        add(static_cast<uint64_t>(node.kind));
        add(node.field == nullptr ? std::string_view{} : node.field->name);
        add(static_cast<uint64_t>(node.op));
        add(node.literals.size());
        for (const filter::Literal& literal : node.literals) add(literal);
        add(node.children.size());
        for (const auto& child : node.children) add(*child);
    }
    uint64_t hash() const { return hash_; }

private:
    uint64_t hash_ = fnv1a("");
};

}  // namespace

uint64_t fingerprint_of(const Query& query) {
    Mix mix;
    mix.add(static_cast<uint64_t>(query.kind));
    if (query.filter.root() != nullptr) mix.add(*query.filter.root());
    mix.add(query.sort == nullptr ? std::string_view{} : query.sort->name);
    mix.add(uint64_t{query.descending});
    mix.add(query.run_id);
    mix.add(query.app_protos.size());
    for (const application::AppProto app_proto : query.app_protos)
        mix.add(static_cast<uint64_t>(app_proto));
    mix.add(static_cast<uint64_t>(query.since_ns));
    mix.add(static_cast<uint64_t>(query.until_ns));
    return mix.hash();
}

}  // namespace baleen::store
