// Hyperscan's objects with an owner, and what it says of an error.
#pragma once

#include <hs/hs.h>

#include <cstddef>
#include <memory>
#include <string>

namespace baleen::rules::compile {

template <auto free_function>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};

using DatabasePtr = std::unique_ptr<hs_database_t, FreeBy<hs_free_database>>;
using ScratchPtr = std::unique_ptr<hs_scratch_t, FreeBy<hs_free_scratch>>;
using CompileErrorPtr = std::unique_ptr<hs_compile_error_t, FreeBy<hs_free_compile_error>>;

// Messages without the full stop.
inline std::string message_of(const hs_compile_error_t* error) {
    std::string message = error != nullptr && error->message != nullptr ? error->message : "failed";
    while (message.ends_with('.')) message.pop_back();
    return message;
}

}  // namespace baleen::rules::compile
