"""The guest's kernel and file system, made of Debian packages and of the build: a kernel image and an initramfs.

Everything the guest needs travels in the initramfs, so that it needs no disk, no network and no share with the host.
"""
import pathlib
import re
import shutil
import subprocess

# Driver libraries of DPDK that the guest gets. DPDK loads all it finds, and under emulation loading the hundred
# that Debian has takes a quarter of a minute.
DPDK_DRIVERS = ('bus_pci', 'bus_vdev', 'mempool_ring', 'net_e1000', 'net_virtio', 'net_vmxnet3')

# vfio_iommu_type1 is asked for by no other module. e1000 drives the port that sends.
MODULES = ('vfio_iommu_type1', 'vfio-pci', 'e1000')

# What of the kernel package is unpacked: 20 MB of 400.
KERNEL_PARTS = ('./boot/vmlinuz-*', './lib/modules/*/modules.*', './lib/modules/*/kernel/drivers/vfio/*',
                './lib/modules/*/kernel/virt/*', './lib/modules/*/kernel/drivers/net/ethernet/intel/e1000/*')

BACKPORTS = ('deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian '
             'bookworm-backports main\n')


def output(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True, stdout=subprocess.PIPE,
                          **options).stdout


class NotToBeHad(Exception):
    """Why a package is not there, as a sentence. A model that alone needs it is skipped."""


def unpack(archive, folder, *parts):
    """Unpacks a Debian package, or those files of it that `parts` name."""
    contents = subprocess.Popen(['dpkg-deb', '--fsys-tarfile', archive], stdout=subprocess.PIPE)
    output('tar', '-x', '-C', folder, '--wildcards', *parts, stdin=contents.stdout)
    contents.stdout.close()
    contents.wait()


def download(package, folder, *options):
    """A package of this Debian, downloaded into `folder`, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # apt's own user cannot write here, which it says and then goes on as the user that called it.
    try:
        output('apt-get', *options, 'download', '-qq', package, cwd=folder, stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        raise NotToBeHad('the package %s cannot be downloaded; apt-get update may mend it' % package) from None
    return next(folder.glob('*.deb'))


def fetch_kernel(folder):
    """Debian's own kernel, unpacked below `folder`: its version.

    It is not installed: that would change what this host boots. The "cloud" kernel does not serve, it lacks e1000.
    """
    package = re.search(r'Depends: (linux-image-\S+)', output('apt-cache', 'depends', 'linux-image-amd64'))[1]
    version = package.removeprefix('linux-image-')
    if not (folder / 'boot' / ('vmlinuz-' + version)).is_file():
        archive = download(package, folder)
        unpack(archive, folder, *KERNEL_PARTS)
        archive.unlink()
        output('/sbin/depmod', '-b', folder, version)
    return version


def fetch_newer_qemu(folder):
    """QEMU of Debian's backports, unpacked below `folder`: the program. It uses the libraries of the installed one.

    The host's own list of sources stays as it is.
    """
    program = folder / 'usr/bin/qemu-system-x86_64'
    if not program.is_file():
        # Not in one folder: apt clears that of its lists.
        lists, sources = folder.with_name('apt-lists'), folder.with_name('backports.list')
        (lists / 'partial').mkdir(parents=True, exist_ok=True)
        sources.write_text(BACKPORTS)
        options = ['-o', 'Dir::Etc::SourceList=%s' % sources, '-o', 'Dir::Etc::SourceParts=/dev/null',
                   '-o', 'Dir::State::Lists=%s' % lists]
        try:
            output('apt-get', *options, 'update', '-qq', stderr=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            raise NotToBeHad('the backports of Debian 12 are out of reach') from None
        archive = download('qemu-system-x86/bookworm-backports', folder, *options)
        unpack(archive, folder, './usr/bin/qemu-system-x86_64', './usr/share/*')
        archive.unlink()
    missing = re.findall(r'(\S+) => not found', output('ldd', program))
    if missing:
        raise NotToBeHad('the newer QEMU needs %s' % ' '.join(missing))
    return program


def libraries_of(program):
    """The shared libraries that a program needs, the loader included."""
    return re.findall(r'(/\S+) \(0x', output('ldd', program))


def dpdk_drivers(dataplane):
    """DPDK's driver libraries that the guest gets: those named above, and those that the program links itself."""
    folder = next(pathlib.Path('/usr/lib/x86_64-linux-gnu/dpdk').glob('pmds-*'))
    linked = re.findall(r'/librte_(\w+)\.so', ' '.join(libraries_of(dataplane)))
    for name in sorted({*DPDK_DRIVERS, *linked}):
        yield from folder.glob('librte_%s.so.*' % name)


def copy_in(root, *paths):
    """Copies files to the same place below `root`.

    Links stay links: a library that is there twice would be loaded twice, by either name.
    """
    for path in map(pathlib.Path, paths):
        target = root / path.relative_to('/')
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            target.symlink_to(path.readlink())
            copy_in(root, path.parent / path.readlink())
        else:
            shutil.copy(path, target)


def copy_modules(root, kernel, version):
    needed = []
    for module in MODULES:
        listed = output('/sbin/modprobe', '-d', kernel, '-S', version, '--show-depends', module)
        needed += re.findall(r'^insmod (\S+)', listed, re.MULTILINE)
    for path in needed:
        target = root / pathlib.Path(path).relative_to(kernel)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    output('/sbin/depmod', '-b', root, version, stderr=subprocess.DEVNULL)
    (root / 'modules').write_text('\n'.join(MODULES))


def make_root(root, kernel, version, build, captures):
    """The guest's file system below `root`."""
    for name in ('bin', 'lib', 'lib64', 'sbin'):
        (root / 'usr' / name).mkdir(parents=True)
        (root / name).symlink_to('usr/' + name)
    for name in ('proc', 'sys', 'dev', 'run', 'tmp', 'var', 'captures', 'usr/local/bin'):
        (root / name).mkdir(parents=True)
    (root / 'var/run').symlink_to('/run')

    shutil.copy('/bin/busybox', root / 'bin')
    for applet in output('busybox', '--list').split():
        if applet != 'busybox':
            (root / 'bin' / applet).symlink_to('busybox')
    programs = [build / name for name in ('baleen', 'baleen-dataplane', 'baleen-control')]
    programs.append(pathlib.Path(shutil.which('tcpreplay')))
    drivers = list(dpdk_drivers(build / 'baleen-dataplane'))
    for program in programs:
        shutil.copy(program, root / 'usr/local/bin')
    copy_in(root, *drivers)
    for program in programs + drivers:
        copy_in(root, *libraries_of(program))
    for capture in captures:
        shutil.copy(capture, root / 'captures')
    copy_modules(root, kernel, version)
    shutil.copy(pathlib.Path(__file__).parent / 'init', root / 'init')
    (root / 'init').chmod(0o755)


def make_initramfs(root, archive):
    names = output('find', '.', cwd=root)
    with archive.open('wb') as file:
        subprocess.run(['cpio', '--create', '--format=newc', '--quiet'], cwd=root, input=names.encode(), stdout=file,
                       check=True)
