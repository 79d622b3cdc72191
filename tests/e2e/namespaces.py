"""Network namespaces of a test's own: hosts, wires and a span port, gone when the test ends."""
import os
import subprocess
import uuid


def ip(*arguments, inside=None):
    prefix = ['ip', 'netns', 'exec', inside] if inside else []
    subprocess.run([*prefix, 'ip', *arguments], check=True, capture_output=True)


class Namespace:
    def __init__(self):
        self.name = 'baleen-' + uuid.uuid4().hex[:8]
        ip('netns', 'add', self.name)
        ip('link', 'set', 'lo', 'up', inside=self.name)

    def prefix(self):
        return ['ip', 'netns', 'exec', self.name]

    def run(self, *command, check=True, **options):
        options.setdefault('capture_output', True)
        options.setdefault('text', True)
        return subprocess.run([*self.prefix(), *map(str, command)], check=check, timeout=60, **options)

    def start(self, *command, **options):
        return subprocess.Popen([*self.prefix(), *map(str, command)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, **options)

    def address(self, interface, *addresses):
        for address in addresses:
            ip('addr', 'add', address, 'dev', interface, *(['nodad'] if ':' in address else []), inside=self.name)

    def delete(self):
        subprocess.run(['ip', 'netns', 'delete', self.name], capture_output=True)


def wire(a, a_name, b, b_name):
    """A veth pair between two namespaces. As on a wire: no packets of the kernel's own, no offloads."""
    ip('link', 'add', a_name, 'netns', a.name, 'type', 'veth', 'peer', 'name', b_name, 'netns', b.name)
    for space, name in ((a, a_name), (b, b_name)):
        # IPv6's own chatter would be captured as well; tests that want IPv6 switch it on again.
        space.run('sysctl', '-qw', 'net.ipv6.conf.%s.disable_ipv6=1' % name)
        space.run('ethtool', '-K', name, 'tx', 'off', 'rx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off', check=False)
        ip('link', 'set', name, 'up', inside=space.name)


def mirror(space, source, target):
    """A span port: what passes `source` in either direction goes out of `target` as well."""
    space.run('tc', 'qdisc', 'add', 'dev', source, 'clsact')
    for direction in ('ingress', 'egress'):
        space.run('tc', 'filter', 'add', 'dev', source, direction, 'protocol', 'all', 'u32', 'match', 'u32', '0', '0',
                  'action', 'mirred', 'egress', 'mirror', 'dev', target)


def interface_packets(space, interface):
    """(received, dropped) as the kernel counts them."""
    names = ('rx_packets', 'rx_dropped')
    return tuple(int(space.run('cat', '/sys/class/net/%s/statistics/%s' % (interface, name)).stdout) for name in names)


def exists():
    return os.path.exists('/proc/self/ns/net')
