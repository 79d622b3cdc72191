#!/usr/bin/python3
"""No wide instructions leak into the baseline: a kernel's library offers its entry point and nothing else.

  tests/check_kernels.py LIBRARY...

An inline function of a shared header that a kernel's file compiles as well becomes a weak symbol there. The linker
keeps one of all copies, perhaps the kernel's, and a CPU without AVX dies in code that has nothing to do with it. So
every symbol that a kernel's library defines for others must be its own entry point, parse_batch_NAME.
"""
import pathlib
import re
import subprocess
import sys


def leaks(library):
    name = re.fullmatch(r'libparse_(\w+)\.a', pathlib.Path(library).name)[1]
    listed = subprocess.run(['nm', '--demangle', '--defined-only', library], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        # Lower case: seen in this file only. 'u', 'v' and 'w' are the exceptions: unique and weak objects.
        found = re.match(r'[0-9a-f]+ ([A-Zuvw]) (.*)', line)
        if found and not found[2].startswith('baleen::packet::parse_batch_%s(' % name):
            yield '%s defines %s (%s)' % (library, found[2], found[1])


if __name__ == '__main__':
    wrong = [leak for library in sys.argv[1:] for leak in leaks(library)]
    print('\n'.join(wrong) if wrong else 'kernels keep to themselves')
    sys.exit(1 if wrong or len(sys.argv) == 1 else 0)
