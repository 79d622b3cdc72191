"""One virtual machine: QEMU started, its guest's shell, its links, its end."""
import json
import os
import re
import socket
import subprocess
import time


class LabError(Exception):
    """What went wrong with a machine or in it, as a sentence."""


# Two network cards at fixed PCI addresses: one sends, by the kernel's driver, the other is captured from. igb has room
# behind it for its virtual functions, 128 functions further on the same bus.
SENDER_ADDRESS, PORT_ADDRESS = '0000:00:08.0', '0000:00:09.0'

# Three processors: two workers that poll, and everything else. The emulator takes them in turn on one core ("single"):
# with a thread for each, a host with little time to give starves one of them, and packets get lost.
EMULATOR = ['-accel', 'tcg,thread=single', '-cpu', 'max', '-smp', '3', '-m', '1024', '-nodefaults', '-display', 'none',
            '-no-reboot']

# Firmware of the installed packages, also where a newer QEMU runs.
FIRMWARE = ['-L', '/usr/share/qemu', '-L', '/usr/share/seabios']

# Debian's kernels have no VFIO without an IOMMU, so there is one. It has to come before the devices that it serves.
IOMMU = ['-machine', 'q35,kernel-irqchip=split', '-device', 'intel-iommu,intremap=on,aw-bits=48']

# 2 MiB pages for the packet buffers. A panic ends the machine. IPv6 would talk by itself, and be captured.
KERNEL_ARGUMENTS = ('console=ttyS0 quiet panic=-1 mitigations=off nokaslr hugepages=96 intel_iommu=on iommu=strict '
                    'ipv6.disable=1')

# A hub joins two cards, but gives each one queue. Several queues need a tap device for each card, and the kernel to
# carry over what comes out of one to the other, in a network of their own. A tap device keeps what its card does not
# take yet, as the hub does: more than any test sends.
TAP_QUEUES = 2
TAPS = '''
set -e
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip tuntap add sent mode tap
ip tuntap add wire mode tap multi_queue
ip link set sent up
ip link set wire up txqueuelen 10000
tc qdisc add dev sent clsact
tc filter add dev sent ingress protocol all u32 match u32 0 0 action mirred egress redirect dev wire
exec "$@"
'''


def cards(model):
    """QEMU's options for the two cards and the wire between them."""
    if model.wire == 'tap':
        wire = ['-netdev', 'tap,id=n0,ifname=sent,script=no,downscript=no',
                '-netdev', 'tap,id=n1,ifname=wire,script=no,downscript=no,queues=%d' % TAP_QUEUES]
    else:
        wire = ['-netdev', 'hubport,id=n0,hubid=1', '-netdev', 'hubport,id=n1,hubid=1']
    # Without a boot ROM, which the firmware would start one after the other.
    sender = 'e1000,romfile=,id=sender,netdev=n0,addr=0x8,mac=02:00:00:00:00:08'
    port = '%s,romfile=,id=port,netdev=n1,addr=0x9,mac=02:00:00:00:00:09' % model.device
    return [*wire, '-device', sender, '-device', port]


def launcher(model):
    """The words before QEMU's own command."""
    # The machine ends with the lab, however that ends.
    words = ['setpriv', '--pdeathsig', 'KILL']
    if model.wire == 'tap':
        words += ['unshare', '--net'] if os.geteuid() == 0 else ['unshare', '--net', '--map-root-user']
        words += ['sh', '-c', TAPS, 'sh']
    return words


class Machine:
    """A guest that obeys. Use it in a `with` statement: its end ends QEMU."""

    def __init__(self, folder, qemu, model, kernel, initramfs, seconds):
        self.folder = folder
        self.begun = time.monotonic()
        self.deadline = self.begun + seconds
        self.unread = b''
        self.log = (folder / 'shell.log').open('w')
        commands, answers, monitor = folder / 'commands', folder / 'answers', folder / 'monitor'
        answers.touch()
        self.answers = answers.open('rb')
        # Commands by one port, answers by another into a file, which takes everything: QEMU drops what the reader of a
        # socket does not take at once.
        ports = ['file:%s' % (folder / 'console.log'), 'unix:%s,server=on,wait=off' % commands, 'file:%s' % answers]
        serial = [word for port in ports for word in ('-serial', port)]
        self.qemu = subprocess.Popen(
            [*launcher(model), 'nice', qemu, *EMULATOR, *FIRMWARE, *IOMMU, *cards(model), *serial,
             '-qmp', 'unix:%s,server=on,wait=off' % monitor,
             '-kernel', kernel, '-initrd', initramfs, '-append', KERNEL_ARGUMENTS],
            stdin=subprocess.DEVNULL, stdout=(folder / 'qemu.log').open('w'), stderr=subprocess.STDOUT)
        try:
            self.commands = self.connect(commands)
            self.monitor = self.connect(monitor)
            self.greet_monitor()
            self.read_answer(rb'ready\n')
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.qemu.kill()
        self.qemu.wait()
        self.answers.close()
        self.log.close()

    def remaining(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise LabError('the time limit has passed')
        return left

    def look_alive(self):
        self.remaining()
        if self.qemu.poll() is not None:
            raise LabError('the machine has ended: %s' % self.last_words())

    def connect(self, path):
        while True:
            self.look_alive()
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
                return connection
            except OSError:
                connection.close()
                time.sleep(0.05)

    def last_words(self):
        said = [path.read_text(errors='replace') for path in map(self.folder.joinpath, ('qemu.log', 'console.log'))
                if path.exists()]
        lines = [line.strip() for line in ''.join(said).split('\n') if line.strip()]
        return ' / '.join(lines[-3:])

    # --- The monitor: QMP, one JSON object a line ---

    def greet_monitor(self):
        self.monitor_lines = self.monitor.makefile('rw')
        self.read_monitor()
        self.command_monitor('qmp_capabilities')

    def read_monitor(self):
        self.monitor.settimeout(self.remaining())
        try:
            line = self.monitor_lines.readline()
        except OSError:
            line = ''
        if not line:
            raise LabError('the machine has ended: %s' % self.last_words())
        return json.loads(line)

    def command_monitor(self, command, **arguments):
        self.monitor_lines.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self.monitor_lines.flush()
        while True:
            answer = self.read_monitor()
            if 'error' in answer:
                raise LabError('%s: %s' % (command, answer['error']['desc']))
            if 'return' in answer:
                return answer['return']

    def set_link(self, card, up):
        self.command_monitor('set_link', name=card, up=up)

    # --- The shell ---

    def read_answer(self, end):
        """What the shell says up to a line that matches `end`, and the match."""
        end = re.compile(end)
        while not (found := end.search(self.unread)):
            self.look_alive()
            more = self.answers.read()
            self.unread += more
            if not more:
                time.sleep(0.02)
        said, self.unread = self.unread[:found.start()], self.unread[found.end():]
        return said.decode(errors='replace'), found

    def try_run(self, command):
        """Runs a command in the guest: its status and what it said."""
        mark = 'status-%d' % time.monotonic_ns()
        try:
            self.commands.sendall(('%s; echo %s $?\n' % (command, mark)).encode())
        except OSError:
            raise LabError('the machine has ended: %s' % self.last_words()) from None
        said, found = self.read_answer(rb'%s (\d+)\n' % mark.encode())
        status = int(found[1])
        self.log.write('%.1f s $ %s\n%s[%d]\n' % (time.monotonic() - self.begun, command, said, status))
        self.log.flush()
        return status, said

    def run(self, command):
        """Runs a command that has to succeed: what it said."""
        status, said = self.try_run(command)
        if status != 0:
            raise LabError('in the guest, %s: %s' % (command, said.strip() or 'status %d' % status))
        return said

    def wait_until(self, command, what, seconds=60):
        deadline = time.monotonic() + seconds
        while self.try_run(command)[0] != 0:
            if time.monotonic() > deadline:
                raise LabError('waited %d s for %s' % (seconds, what))
            time.sleep(0.3)
