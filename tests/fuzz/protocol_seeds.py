#!/usr/bin/python3
"""Makes the golden cases of tests/protocol/ seeds of the fuzzers: protocol_seeds.py CASES OUT.

A case NAME or NAME_... becomes OUT/protocol_NAME/..., for the fuzzer of the parser NAME.
"""
import pathlib
import re
import sys


def content(text):
    """The bytes of hexadecimal digits and quoted text, mixed."""
    out = b''
    for quoted, digits in re.findall(r'"((?:[^"\\]|\\.)*)"|([0-9a-fA-F]{2})', text):
        if digits:
            out += bytes.fromhex(digits)
        else:
            escaped = re.sub(r'\\0', r'\\x00', quoted)
            out += escaped.encode().decode('unicode_escape').encode('latin-1')
    return out


def seed(lines):
    out, stretch = b'', None
    stretches = []
    for line in lines:
        words = line.split()
        if not words or line[0] in '#={':
            continue
        if words[0] in ('tcp', 'udp'):
            out = bytes([words[0] == 'tcp']) + int(words[1]).to_bytes(2, 'big') + int(words[2]).to_bytes(2, 'big')
        elif words[0] in '<>' and words[1] == 'gap':
            stretches.append([words[0] == '<', True, int(words[2])])
        elif words[0] in '<>':
            stretch = [words[0] == '<', False, content(line.split(None, 2)[2] if len(words) > 2 else '')]
            stretches.append(stretch)
        else:
            stretch[2] += content(line)
    for backward, is_gap, what in stretches:
        if is_gap:
            out += bytes([backward | 2]) + min(what - 1, 65535).to_bytes(2, 'big')
            continue
        for begin in range(0, len(what), 65535):
            part = what[begin:begin + 65535]
            out += bytes([backward]) + len(part).to_bytes(2, 'big') + part
    return out


def main(cases, out):
    for case in sorted(pathlib.Path(cases).glob('*.txt')):
        folder = pathlib.Path(out) / ('protocol_' + case.stem.split('_')[0])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / case.stem).write_bytes(seed(case.read_text().splitlines()))


if __name__ == '__main__':
    main(*sys.argv[1:])
