#!/usr/bin/python3
"""Makes a text part of a program: embed.py INPUT OUTPUT NAMESPACE NAME."""
import pathlib
import sys

source, target, namespace, name = sys.argv[1:]
# As numbers: compilers have a limit to the length of a literal.
numbers = ','.join(str(byte) for byte in pathlib.Path(source).read_bytes())
pathlib.Path(target).write_text(f'''#include <string_view>

namespace {namespace} {{
namespace {{

constexpr unsigned char bytes[] = {{{numbers}}};

}}  // namespace

extern const std::string_view {name};
const std::string_view {name}(reinterpret_cast<const char*>(bytes), sizeof bytes);

}}  // namespace {namespace}
''', encoding='utf-8')
