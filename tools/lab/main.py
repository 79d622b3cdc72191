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

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.setdefault('BALEEN_BUILD', str(ROOT / 'build')))
KERNEL = ROOT / 'build-lab'
SAMPLE = ROOT / 'tests/captures/sample.pcap'

sys.path.insert(0, str(ROOT / 'tests/e2e'))
sys.dont_write_bytecode = True

import baleen  # noqa: E402  (the path above leads to it)
import captures  # noqa: E402
import image  # noqa: E402
import scenario  # noqa: E402
from machine import LabError, Machine  # noqa: E402

# device: QEMU's words. driver: DPDK's. queues: receive queues that get packets. workers: of `baleen run`.
Model = collections.namedtuple('Model', 'name device driver queues workers')

MODELS = [
    Model('e1000', 'e1000', 'net_e1000_em', 1, 2),
    # States two receive queues, but has no RSS: the second stays empty.
    Model('e1000e', 'e1000e', 'net_e1000_em', 1, 2),
    # States sixteen receive queues and RSS, but the emulator puts everything into the first.
    Model('vmxnet3', 'vmxnet3', 'net_vmxnet3', 1, 2),
    Model('virtio', 'virtio-net-pci,disable-legacy=on,iommu_platform=on', 'net_virtio', 1, 1),
    # A vector for each of two receive and two send queues, and for control and configuration; rounded up.
    Model('virtio-rss', 'virtio-net-pci,disable-legacy=on,iommu_platform=on,mq=on,vectors=8,rss=on,hash=on',
          'net_virtio', 2, 2),
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


def prepare(folder):
    """What all models share: initramfs, number of packets and expected records."""
    build()
    version = image.fetch_kernel(KERNEL)
    (folder / 'captures').mkdir()
    packets = captures.make(SAMPLE, folder / 'captures')
    root, initramfs = folder / 'root', folder / 'initramfs'
    image.make_root(root, KERNEL, version, BUILD, (folder / 'captures').iterdir())
    image.make_initramfs(root, initramfs)
    shutil.rmtree(root)
    reference = baleen.run(folder / 'reference', '-r', folder / 'captures/whole.pcap').flows()
    return KERNEL / 'boot' / ('vmlinuz-' + version), initramfs, packets, reference


def run_model(model, folder, kernel, initramfs, packets, reference):
    begun = time.monotonic()
    outcome = scenario.Outcome(model)
    folder.mkdir()
    try:
        with Machine(folder, 'qemu-system-x86_64', model, kernel, initramfs, SECONDS_PER_MODEL) as machine:
            scenario.play(machine, outcome, packets, reference)
    except LabError as error:
        outcome.problems.append(str(error))
    outcome.seconds = time.monotonic() - begun
    return outcome


ROW = '%-11s %-13s %-7s %6s %6s %8s %-5s %7s %7s %5s  %s'


def say_outcome(outcome):
    say(ROW % (outcome.model.name, outcome.model.driver, outcome.model.workers, outcome.sent, outcome.wire,
               outcome.records, 'yes' if outcome.link_survived else 'no', outcome.halted_sent, outcome.halted_missed,
               '%.0f' % outcome.seconds, 'FAILED' if outcome.problems else 'passed'))
    for notice in outcome.notices:
        say('    notice: %s' % notice)
    for problem in outcome.problems:
        say('    FAILED: %s' % problem)


def run_lab(models, folder):
    say('Building Baleen and the guest')
    shared = prepare(folder)
    say(ROW % ('model', 'driver', 'workers', 'sent', 'wire', 'records', 'link', 'halted', 'missed', 's', ''))
    failed = []
    for model in models:
        outcome = run_model(model, folder / model.name, *shared)
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
            say('%-11s %-13s %d queue%s' % (model.name, model.driver, model.queues, 's' if model.queues > 1 else ''))
        return 0
    # Ended from outside, the lab ends its machine and takes its folder away all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = pathlib.Path(tempfile.mkdtemp(prefix='nic-lab.'))
    models = [model for model in MODELS if not arguments.model or model.name in arguments.model]
    try:
        failed = run_lab(models, folder)
        verdict = 'FAILED (%s)' % ', '.join(failed) if failed else 'passed'
    except LabError as error:
        verdict = 'FAILED (%s)' % error
    finally:
        if arguments.keep:
            say('logs are kept in %s' % folder)
        else:
            shutil.rmtree(folder)
    say('nic-lab: %s' % verdict)
    return 0 if verdict == 'passed' else 1


if __name__ == '__main__':
    sys.exit(main())
