#!/usr/bin/python3
"""The lab of emulated network cards; called by tools/nic-lab once the packages are there.

The last line is the result, alone: nic-lab: passed, or nic-lab: FAILED with the models that did not.
"""
import argparse
import collections
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.setdefault('BALEEN_BUILD', str(ROOT / 'build')))
FETCHED = ROOT / 'build-lab'  # kernel and newer QEMU; kept, as other builds are
SAMPLE = ROOT / 'tests/captures/sample.pcap'

sys.path.append(str(ROOT / 'tests/e2e'))
sys.dont_write_bytecode = True

import baleen  # noqa: E402  (the path above leads to it)
import image  # noqa: E402
import scenario  # noqa: E402
import traffic  # noqa: E402
from machine import LabError, Machine  # noqa: E402

# device: QEMU's words. driver: DPDK's. spreads: RSS reaches more than one queue. workers: of `baleen run`.
# wire: hub, or tap where the emulator knows queues of a tap device only.
# cut_wire_holds: while the link is down, the emulator keeps what is sent, and delivers it when the link is up again.
# missed: what the card says of packets for which it had no room. "repeated": the emulated register is not cleared by
# reading, as the manual says and the driver expects, which therefore adds the same packets each time it is asked.
# "untold": the emulator loses them without counting.
Model = collections.namedtuple('Model', 'name device driver spreads workers wire cut_wire_holds missed qemu',
                               defaults=(False, 2, 'hub', False, 'told', 'installed'))

VIRTIO = 'virtio-net-pci,disable-legacy=on,iommu_platform=on'  # else it goes around the IOMMU, and VFIO refuses it

MODELS = [
    Model('e1000', 'e1000', 'net_e1000_em', cut_wire_holds=True, missed='repeated'),
    # States two receive queues, but has no RSS: the second stays empty.
    Model('e1000e', 'e1000e', 'net_e1000_em', cut_wire_holds=True),
    # Queues and RSS as hardware has them. It came with QEMU 8, and Debian 12 has 7.2.
    Model('igb', 'igb', 'net_e1000_igb', spreads=True, cut_wire_holds=True, missed='untold', qemu='backports'),
    # States sixteen receive queues and RSS, but the emulator puts everything into the first.
    Model('vmxnet3', 'vmxnet3', 'net_vmxnet3'),
    Model('virtio', VIRTIO, 'net_virtio', workers=1),
    # A vector for each of two receive and two send queues, one for control, one for configuration; and two spare.
    # What the emulator has taken from the wire and finds no room for in the queue that RSS names, it forgets.
    Model('virtio-rss', VIRTIO + ',mq=on,vectors=8,rss=on,hash=on', 'net_virtio', spreads=True, wire='tap',
          missed='untold'),
]

# Boot, two runs and their traffic take half a minute on an idle host.
SECONDS_PER_MODEL = 300


def say(text):
    print(text, flush=True)


def build():
    """Builds the programs in the folder that tools/run uses too."""
    commands = [['ninja', '-C', BUILD, 'baleen', 'baleen-dataplane', 'baleen-control']]
    if not (BUILD / 'build.ninja').is_file():
        commands.insert(0, ['meson', 'setup', BUILD, ROOT, '-Dtests=false'])
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise LabError('the build fails:\n%s' % done.stdout[-8000:])


Shared = collections.namedtuple('Shared', 'kernel initramfs packets reference')


def prepare(folder):
    """What all models share: kernel, initramfs, number of packets and expected records."""
    build()
    version = image.fetch_kernel(FETCHED / 'kernel')
    (folder / 'captures').mkdir()
    packets = traffic.make(SAMPLE, folder / 'captures')
    root, initramfs = folder / 'root', folder / 'initramfs'
    image.make_root(root, FETCHED / 'kernel', version, BUILD, (folder / 'captures').iterdir())
    image.make_initramfs(root, initramfs)
    shutil.rmtree(root)
    reference = baleen.run(folder / 'reference', '-r', folder / 'captures/whole.pcap').flows()
    return Shared(FETCHED / 'kernel/boot' / ('vmlinuz-' + version), initramfs, packets, reference)


def run_model(model, folder, shared):
    begun = time.monotonic()
    outcome = scenario.Outcome(model)
    folder.mkdir()
    try:
        qemu = 'qemu-system-x86_64' if model.qemu == 'installed' else image.fetch_newer_qemu(FETCHED / 'qemu')
        with Machine(folder, qemu, model, shared.kernel, shared.initramfs, SECONDS_PER_MODEL) as machine:
            scenario.play(machine, outcome, shared.packets, shared.reference)
    except image.NotToBeHad as error:
        outcome.skipped = str(error)
    except LabError as error:
        outcome.problems.append(str(error))
    outcome.seconds = time.monotonic() - begun
    return outcome


ROW = '%-11s %-14s %-7s %7s %6s %6s %8s %7s %5s %7s %5s  %s'
HEAD = ('model', 'driver', 'spreads', 'workers', 'sent', 'wire', 'records', 'halted', 'lost', 'missed', 's', '')


def yes_or_no(answer):
    return 'yes' if answer else 'no'


def say_outcome(outcome):
    model = outcome.model
    say(ROW % (model.name, model.driver, yes_or_no(model.spreads), model.workers, outcome.sent, outcome.wire,
               outcome.records, outcome.halted_sent, outcome.halted_lost, outcome.halted_missed,
               '%.0f' % outcome.seconds, outcome.verdict()))
    for notice in outcome.notices:
        say('    notice: %s' % notice)
    for problem in outcome.problems:
        say('    FAILED: %s' % problem)
    if outcome.skipped:
        say('    SKIPPED: %s' % outcome.skipped)


def run_lab(models, folder):
    say('Building Baleen and the guest')
    shared = prepare(folder)
    say(ROW % HEAD)
    failed = []
    for model in models:
        outcome = run_model(model, folder / model.name, shared)
        say_outcome(outcome)
        if outcome.problems:
            failed.append(model.name)
    return failed


def parse_arguments():
    parser = argparse.ArgumentParser(prog='nic-lab', description='Runs Baleen on emulated network cards.')
    parser.add_argument('--model', action='append', choices=[model.name for model in MODELS], metavar='NAME',
                        help='only this model; may be repeated')
    parser.add_argument('--list', action='store_true', help='name the models, run nothing')
    parser.add_argument('--keep', action='store_true', help='keep the logs, and say where')
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if arguments.list:
        for model in MODELS:
            say('%-11s %-14s %s' % (model.name, model.driver, 'queues with RSS' if model.spreads else 'one queue'))
        return 0
    # Ended from outside, the lab ends its machine and takes its folder away all the same.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit('nic-lab: FAILED (interrupted)'))
    folder = pathlib.Path(tempfile.mkdtemp(prefix='nic-lab.'))
    models = [model for model in MODELS if not arguments.model or model.name in arguments.model]
    try:
        failed = run_lab(models, folder)
    except (LabError, image.NotToBeHad, subprocess.CalledProcessError) as error:
        failed = [str(error)]
    except Exception as error:  # a mistake of the lab's own: it has a verdict all the same
        traceback.print_exc()
        failed = [repr(error)]
    finally:
        if arguments.keep:
            say('logs are kept in %s' % folder)
        else:
            shutil.rmtree(folder)
    say('nic-lab: FAILED (%s)' % ', '.join(failed) if failed else 'nic-lab: passed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
