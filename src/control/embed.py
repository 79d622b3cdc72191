#!/usr/bin/python3
"""Makes a text part of a program: embed.py INPUT OUTPUT NAMESPACE NAME."""
import pathlib
import sys

source, target, namespace, name = sys.argv[1:]
text = pathlib.Path(source).read_text(encoding='utf-8')
assert ')embedded"' not in text
pathlib.Path(target).write_text(f'''#include <string_view>

namespace {namespace} {{

extern const std::string_view {name};
const std::string_view {name} = R"embedded({text})embedded";

}}  // namespace {namespace}
''', encoding='utf-8')
