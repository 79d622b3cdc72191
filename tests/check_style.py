#!/usr/bin/python3
"""What no compiler or formatter checks: length of files and functions, and words that must not appear.

Limits: files 400 lines (tests 800), functions 70 lines, 100 columns. LONGER_WITH_REASON names the exceptions.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX, TEST_LINES_MAX, FUNCTION_LINES_MAX, COLUMNS_MAX = 400, 800, 70, 100
LONGER_WITH_REASON = {
    'keys_of': 'a table: one entry per configuration key',
}
FORBIDDEN = [
    (re.compile(r'\bTODO\b(?!.*(issue|ADR))'), 'a TODO names an issue or an ADR'),
    (re.compile(r'/work/|/home/\w+/'), 'no paths of one machine'),
    (re.compile(r'\bstd::(cout|cerr|endl)\b'), 'fmt::print, not iostreams'),
    (re.compile(r'\busing namespace std;'), 'names of std are written out'),
]


def tracked(*patterns):
    listed = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard', *patterns], cwd=ROOT,
                            capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def functions(lines):
    """(name, first line, length) of each function body: a line at the left edge that ends in '{', to its '}'."""
    start, name = None, None
    for number, line in enumerate(lines):
        opened = re.match(r'^(?:    )?(?! )(?!namespace|class|struct|enum|union|extern|using|static_assert)\S.*?([\w:~]+)\(.*\{$', line)
        if start is None and opened:
            start, name, indent = number, opened[1], len(line) - len(line.lstrip())
        elif start is not None and line.startswith(' ' * indent + '}') and len(line) - len(line.lstrip()) == indent:
            yield name, start + 1, number - start + 1
            start = None


def problems():
    for path in tracked('*.cc', '*.h', '*.c', '*.def'):
        file = path.relative_to(ROOT)
        lines = path.read_text().splitlines()
        limit = TEST_LINES_MAX if file.parts[0] == 'tests' else FILE_LINES_MAX
        is_table = path.suffix == '.def'  # a line for each entry
        if len(lines) > limit and not is_table:
            yield '%s: %d lines, more than %d' % (file, len(lines), limit)
        for name, start, length in functions(lines):
            if length > FUNCTION_LINES_MAX and name not in LONGER_WITH_REASON:
                yield '%s:%d: %s has %d lines, more than %d' % (file, start, name, length, FUNCTION_LINES_MAX)
        if path.suffix == '.h' and '#pragma once' not in lines:
            yield '%s: #pragma once is missing' % file
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX and path.suffix != '.def':
                yield '%s:%d: %d columns, more than %d' % (file, number, len(line), COLUMNS_MAX)
            for pattern, rule in FORBIDDEN:
                if pattern.search(line):
                    yield '%s:%d: %s' % (file, number, rule)


if __name__ == '__main__':
    found = list(problems())
    print('\n'.join(found) if found else 'style holds')
    sys.exit(1 if found else 0)
