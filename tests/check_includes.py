#!/usr/bin/python3
"""Includes point one way (docs/architecture.md): who may include whom, checked over every file.

A folder may include itself, what is listed for it, and the contracts in include/baleen/.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# The ground floor, then the drivers, then the two wings, which never meet; the command line sees what is public.
MAY_INCLUDE = {
    'include/baleen': [],
    'src/base': [],
    'src/config': ['src/base'],
    'src/packet': ['src/base'],
    'src/ring': ['src/base'],
    'src/packets': ['src/base', 'src/packet'],
    'src/record': ['src/base', 'src/packet'],
    'src/rules': ['src/base'],
    'src/rules/compile': ['src/base', 'src/rules', 'src/ruleset'],
    'src/filter': ['src/base', 'src/packet', 'src/record'],
    'src/ruleset': ['src/base'],
    'drivers': ['src/base', 'src/config', 'src/packet', 'src/ring'],
    'src/dataplane/flow': ['src/base', 'src/packet', 'src/ring', 'src/dataplane'],
    'src/dataplane/match': ['src/base', 'src/packet', 'src/ring', 'src/ruleset', 'src/dataplane', 'src/dataplane/flow',
                            'src/dataplane/stream'],
    'src/dataplane/protocol': ['src/base', 'src/packet', 'src/ring', 'src/dataplane', 'src/dataplane/flow',
                               'src/dataplane/stream'],
    'src/dataplane/capture': ['src/base', 'src/packet', 'src/packets', 'src/dataplane', 'src/dataplane/flow'],
    'src/dataplane/stream': ['src/base', 'src/packet', 'src/dataplane/flow'],
    'src/dataplane': ['src/base', 'src/config', 'src/packet', 'src/ring', 'src/ruleset', 'drivers', 'src/dataplane/flow',
                      'src/dataplane/stream', 'src/dataplane/match', 'src/dataplane/protocol', 'src/dataplane/capture',
                      'src/packets'],
    'src/dissect': ['src/base', 'src/packet', 'src/ring', 'src/record', 'src/dataplane', 'src/dataplane/flow',
                    'src/dataplane/stream', 'src/dataplane/protocol'],
    'src/measure': ['src/base', 'src/config', 'src/packet', 'src/ring', 'src/ruleset', 'drivers', 'src/dataplane',
                    'src/dataplane/flow', 'src/dataplane/stream', 'src/dataplane/match', 'src/dataplane/protocol', 'src/dataplane/capture',
                    'src/packets'],
    'src/control': ['src/base', 'src/config', 'src/control/graph', 'src/packets', 'src/ring', 'src/record', 'src/filter', 'src/rules',
                    'src/rules/compile', 'src/ruleset'],
    'src/control/graph': ['src/base', 'src/config', 'src/record'],
    'src/cli': ['src/base', 'src/config', 'src/packet', 'src/packets', 'src/ring', 'src/record', 'src/filter', 'src/rules', 'src/rules/compile',
                'src/ruleset', 'drivers', 'src/control', 'src/control/graph', 'src/measure', 'src/dissect'],
}
# What a stage may know of the data plane around it.
STAGE_MAY_INCLUDE = {'src/dataplane/counters.h'}


def owner(path):
    """The longest folder of the table that a file lies in."""
    inside = [folder for folder in MAY_INCLUDE if path.startswith(folder + '/')]
    return max(inside, key=len) if inside else None


def target(name):
    """The file in this tree that an include names, or None for a system header."""
    for prefix in ('src/', '', 'include/'):
        if (ROOT / (prefix + name)).is_file():
            return prefix + name
    return None


def violations():
    for folder in ('include', 'src', 'drivers'):
        for path in sorted((ROOT / folder).rglob('*')):
            if path.suffix not in ('.h', '.cc', '.def', '.c'):
                continue
            file = str(path.relative_to(ROOT))
            here = owner(file)
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = re.match(r'\s*#include\s+["<]([^">]+)[">]', line)
                included = target(found[1]) if found else None
                if included is None or included.startswith('include/baleen/') or included.startswith('tests/'):
                    continue
                there = owner(included)
                allowed = there == here or there in MAY_INCLUDE.get(here, [])
                if here == 'src/dataplane/flow' and there == 'src/dataplane' and included not in STAGE_MAY_INCLUDE:
                    allowed = False
                if not allowed:
                    yield '%s:%d: %s may not include %s' % (file, number, here, included)


if __name__ == '__main__':
    problems = list(violations())
    print('\n'.join(problems) if problems else 'every include points the right way')
    sys.exit(1 if problems else 0)
