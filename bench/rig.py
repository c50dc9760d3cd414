"""Processes, ports and CPU time: the part that touches the machine."""

import json
import os
import random
import resource
import signal
import socket
import subprocess
import time

CPUS = sorted(os.sched_getaffinity(0))
# The proxy has a core to itself; load and backends share the other.
LOAD_CPU, PROXY_CPU = CPUS[0], CPUS[-1]
EVERY_CPU = ','.join(map(str, CPUS))
LOOPBACK = '127.0.0.1'
# 4000 idle tunnels are 8000 sockets in a proxy.
DESCRIPTORS = 10_000
_running = []


def prepare():
    """Once, before anything is started: file limits (inherited), PATH with sbin, signals turned into exceptions."""
    if len(CPUS) < 2:
        raise SystemExit('two CPUs are needed: one for the proxy, one for load and backends')
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < DESCRIPTORS:
        raise SystemExit(f'{hard} open files are allowed, {DESCRIPTORS} are needed: raise the hard limit (ulimit -Hn)')
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ['PATH'] += ':/usr/local/sbin:/usr/sbin:/sbin'
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, _interrupted)
    # Ignored by default in a shell's background job.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupted(number, _frame):
    raise SystemExit(128 + number)


def pin_self():
    """Keeps this script off the proxy's core."""
    os.sched_setaffinity(0, {LOAD_CPU})


def start(argv, cpu, log=None, cwd=None, env=None, **pipes):
    """Starts a command in a session of its own, so that its whole tree can be found, measured and ended by id."""
    out = open(log, 'w') if log else None
    streams = {'stdin': subprocess.DEVNULL, 'stdout': out, 'stderr': subprocess.STDOUT if out else None, **pipes}
    process = subprocess.Popen(['taskset', '-c', str(cpu), *map(str, argv)], cwd=cwd,
                               env={**os.environ, **(env or {})}, start_new_session=True, **streams)
    if out:
        out.close()
    _running.append(process)
    return process


def stop(process):
    """Ends a process of ours and its tree: SIGTERM, after 2 s SIGKILL."""
    for sig, patience in ((signal.SIGTERM, 2), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, sig)
        except ProcessLookupError:
            pass
        end = time.time() + patience
        while time.time() < end and (process.poll() is None or tree(process.pid)):
            time.sleep(0.01)
        if process.poll() is not None and not tree(process.pid):
            break
    if process in _running:
        _running.remove(process)


def stop_all():
    # A second Ctrl-C must not leave half of them running.
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_IGN)
    for process in list(_running):
        stop(process)


def tree(pid):
    """All live processes in the session that pid leads."""
    members = []
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/stat') as file:
                state, _parent, _group, session = file.read().rsplit(')', 1)[1].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if session == str(pid) and state != 'Z':
            members.append(int(name))
    return members


def cpu_seconds(pids):
    """CPU time so far of these processes. schedstat counts nanoseconds; /proc/PID/stat only ticks of 10 ms."""
    total = 0
    for pid in pids:
        try:
            for thread in os.listdir(f'/proc/{pid}/task'):
                with open(f'/proc/{pid}/task/{thread}/schedstat') as file:
                    total += int(file.read().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total / 1e9


def busy_seconds(cpu):
    """Time in which this CPU was not idle, for any process."""
    with open('/proc/stat') as file:
        fields = next(line for line in file if line.startswith(f'cpu{cpu} ')).split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf('SC_CLK_TCK')


def memory_mb(pids, field='VmRSS'):
    """Resident memory in MiB; with VmHWM the most that it ever was."""
    total = 0
    for pid in pids:
        try:
            with open(f'/proc/{pid}/status') as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith(field + ':'))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total / 1024


_taken = set()


def free_port():
    """A port nobody listens on, below the ephemeral range: the load's own client ports cannot collide with it."""
    with open('/proc/sys/net/ipv4/ip_local_port_range') as file:
        top = int(file.read().split()[0])
    while True:
        port = random.randrange(10_000, top)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        if port not in _taken:
            _taken.add(port)
            return port


def wait_for(port, process, seconds=60, every=0.01):
    """Waits until the port accepts; returns the time of that moment. RuntimeError if the process ends before."""
    end = time.time() + seconds
    while time.time() < end:
        try:
            socket.create_connection((LOOPBACK, port), 1).close()
            return time.time()
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f'exited with {process.returncode} before it listened')
            time.sleep(every)
    raise RuntimeError(f'nothing listens on port {port} after {seconds} s')


def run_load(argv, timeout=90):
    """Runs a load generator on the load's CPU; its last line is the result."""
    process = start(argv, LOAD_CPU, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return {'n': 0, 'err': 1, 'bad': 0, 'why': 'load generator timed out'}
    finally:
        stop(process)
    try:
        return json.loads(out.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {'n': 0, 'err': 1, 'bad': 0, 'why': (err or out)[-200:].strip()}
