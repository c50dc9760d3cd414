"""Groups of processes that may use a share of a core, in either version of Linux's cgroups."""

import os
import pathlib

PERIOD_US = 10_000


class Unavailable(Exception):
    """No cgroup with a CPU quota can be made here."""


class Quotas:
    """A cgroup for each worker. `share`: of a core."""

    def __init__(self, share):
        self.quota, self.placed = int(PERIOD_US * share), {}
        self.make, self.parent = _found()

    def place(self, pids):
        """Moves each process that has no group yet into one of its own; the groups of ended processes are removed."""
        for pid in [pid for pid in self.placed if not pathlib.Path(f'/proc/{pid}').exists()]:
            _remove(self.placed.pop(pid))
        for pid in pids:
            if pid in self.placed:
                continue
            group = self.parent / f'galaxy-proxy-bench-{os.getpid()}-{pid}'
            self.make(group, self.quota)
            self.placed[pid] = group
            (group / 'cgroup.procs').write_text(str(pid))

    def close(self):
        """After the end of the processes."""
        for group in self.placed.values():
            _remove(group)
        self.placed = {}


def _found():
    """How to make a group, and where: tried, because a mount that looks writable may not be."""
    problems = []
    for kind, mount, own in _mounts():
        make = _make_v1 if kind == 'cgroup' else _make_v2
        # In a container the path of a process may lie outside of what is mounted.
        for parent in dict.fromkeys([mount / own.strip('/'), mount]):
            trial = parent / f'galaxy-proxy-bench-{os.getpid()}'
            try:
                make(trial, PERIOD_US)
                return make, parent
            except OSError as problem:
                problems.append(f'{parent}: {problem.strerror}')
            finally:
                _remove(trial)
    raise Unavailable('; '.join(problems) or 'no cgroup with a CPU controller is mounted')


def _mounts():
    """(version, where it is mounted, the group of this process) of each mount that may limit CPU time."""
    own = [line.split(':', 2) for line in pathlib.Path('/proc/self/cgroup').read_text().splitlines()]
    for line in pathlib.Path('/proc/self/mounts').read_text().splitlines():
        _device, folder, kind, options = line.split()[:4]
        if kind == 'cgroup' and 'cpu' in options.split(','):
            yield kind, pathlib.Path(folder), next(path for _id, names, path in own if 'cpu' in names.split(','))
        elif kind == 'cgroup2' and 'cpu' in _words(pathlib.Path(folder) / 'cgroup.controllers'):
            yield kind, pathlib.Path(folder), next(path for number, _names, path in own if number == '0')


def _make_v1(group, quota):
    group.mkdir()
    (group / 'cpu.cfs_period_us').write_text(str(PERIOD_US))
    (group / 'cpu.cfs_quota_us').write_text(str(quota))


def _make_v2(group, quota):
    """Where the parent has processes and is not the root, the kernel refuses to hand its controllers down."""
    given = group.parent / 'cgroup.subtree_control'
    if 'cpu' not in _words(given):
        given.write_text('+cpu')
    group.mkdir()
    (group / 'cpu.max').write_text(f'{quota} {PERIOD_US}')


def _words(file):
    try:
        return file.read_text().split()
    except OSError:
        return []


def _remove(group):
    try:
        group.rmdir()
    except OSError:
        pass
