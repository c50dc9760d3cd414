"""The columns of the table: how each proxy is configured and launched, and which process tree is its own."""

import json
import shlex
import subprocess
import time
import urllib.request

import install
import rig
from backends import nginx_temp_paths, render

OURS, BASE = 'ours', 'nginx'
LABELS = {
    OURS: 'galaxy-proxy', BASE: 'nginx', 'nginx-tuned': 'nginx, large buffers', 'haproxy': 'HAProxy',
    'http-proxy': 'http-proxy', 'chp': 'configurable-http-proxy', 'gxit': 'gx-it-proxy',
    'legacy': 'legacy logic', 'direct': 'no proxy',
    'tools-host': 'galaxy-proxy, tools by host', 'tools-path': 'galaxy-proxy, tools by path', 'gxit-path': 'gx-it-proxy by path'}
# Measured only if --against names them.
TOOLS = ['tools-host', 'tools-path', 'gxit-path']
PEERS = [name for name in LABELS if name != OURS and name not in TOOLS]
NPM = {'chp': 'configurable-http-proxy@5.3.0', 'gxit': '@galaxyproject/gx-it-proxy@0.2.3'}
TOOL_PREFIX = '/interactivetool/ep'
BUFFERS = """      proxy_buffer_size 64k; proxy_buffers 8 256k; proxy_busy_buffers_size 512k; proxy_max_temp_file_size 0;
      client_body_buffer_size 256k;"""


def label(name):
    """'ours@24' is our daemon under Node 24."""
    plain, _, node = name.partition('@')
    return LABELS[plain] + (f', Node {node}' if node else '')


class Proxy:
    """Knows how to start itself on its port. `command(port)` gives the argv."""

    # In both, %s stands for the session.
    host = 'localhost'
    prefix = ''

    def __init__(self, name, backends, command, node='node'):
        self.name, self.backends, self.command, self.node = name, backends, command, node
        self.port, self.process = rig.free_port(), None

    def start(self):
        """Returns the ms from spawn to the first accepted connection."""
        argv, log = self.command(self.port), self.backends.run / f'{self.name}.log'
        spawned = time.time()
        self.process = rig.start(argv, rig.PROXY_CPU, log, install.PROJECT, {'NODE_NO_WARNINGS': '1'})
        try:
            return (rig.wait_for(self.port, self.process, every=0.001) - spawned) * 1000
        except RuntimeError as problem:
            raise SystemExit(f'{self.name}: {problem}\n$ {shlex.join(map(str, argv))}\n{log.read_text()[-1500:]}')

    def stop(self):
        if self.process:
            rig.stop(self.process)
            self.process = None

    def port_for(self, _backend):
        return self.port

    def pids(self):
        return rig.tree(self.process.pid)


class Direct(Proxy):
    """No proxy: the load talks to a backend, whose own CPU time is shown (so it is no floor for a proxy's cost)."""

    def start(self):
        return 0.0

    def port_for(self, backend):
        return self.backends.ports[backend][0]

    def pids(self):
        return [pid for process in self.backends.processes for pid in rig.tree(process.pid)]


class ConfigurableHttpProxy(Proxy):
    """It routes by path: files by default, /up and /ws to the sink, set over its API."""

    def __init__(self, backends, main):
        self.api = rig.free_port()
        flags = ['--ip', rig.LOOPBACK, '--api-ip', rig.LOOPBACK, '--api-port', self.api, '--log-level', 'error',
                 '--default-target', f'http://{rig.LOOPBACK}:{backends.ports["web"][0]}']
        super().__init__('chp', backends, lambda port: ['node', main, '--port', port, *flags])

    def start(self):
        took = super().start()
        target = json.dumps({'target': f'http://{rig.LOOPBACK}:{self.backends.ports["sink"][0]}'}).encode()
        for path in ('/up', '/ws'):
            url = f'http://{rig.LOOPBACK}:{self.api}/api/routes{path}'
            urllib.request.urlopen(urllib.request.Request(url, target, method='POST')).close()
        return took


def ours(backends, main, name=OURS, node='node'):
    """The daemon as Galaxy launches it, everything at its default, on the SQLite map, which is for both modes."""
    session_map = backends.run / 'map.sqlite'
    return Proxy(name, backends, lambda port: [
        node, main, '--ip', rig.LOOPBACK, '--port', port, '--sessions', session_map, '--mode', 'gie'], node)


def peer(name, backends, cache):
    """Creates the named peer; installs it first if necessary."""
    run = backends.run
    package = name.removesuffix('-path')
    modules = install.npm(NPM[package], cache / package) if package in NPM else None
    if name in (BASE, 'nginx-tuned'):
        return _nginx(name, backends, '' if name == BASE else BUFFERS)
    if name == 'haproxy':
        return Proxy(name, backends, lambda port: [
            'haproxy', '-db', '-f', render('haproxy.cfg', run / 'haproxy.cfg', PORT=port, RUN=run)])
    if name in ('legacy', 'http-proxy'):
        script = install.HERE / 'conf' / f'{name}.cjs'
        return Proxy(name, backends, lambda port: ['node', script, port, run / 'map.json'])
    if name in ('gxit', 'gxit-path'):
        main = modules / '@galaxyproject/gx-it-proxy/lib/main.js'
        return tools(name, backends, main)
    if name in TOOLS:
        # All rows lead to the same few ports: without the flag only the last row of each port is served.
        main = install.PROJECT / 'bin/gx-it-proxy.js'
        return tools(name, backends, main, '--mode', 'gxit', '--same-address', 'any')
    if name == 'chp':
        return ConfigurableHttpProxy(backends, modules / 'configurable-http-proxy/bin/configurable-http-proxy')
    return Direct(name, backends, None)


def tools(name, backends, main, *flags, sessions=None):
    """The sessions are tools with the token "tok": by host name, or by path. sessions: a map other than the SQLite one."""
    proxy = Proxy(name, backends, lambda port: [
        'node', main, '--ip', rig.LOOPBACK, '--port', port, '--sessions', sessions or backends.run / 'map.sqlite',
        '--proxyPathPrefix', TOOL_PREFIX, *flags])
    if name.endswith('-path'):
        proxy.prefix = f'{TOOL_PREFIX}/%s/tok'
    else:
        proxy.host = '%s-tok.localhost'
    return proxy


def _nginx(name, backends, tuning):
    upstreams = ''.join(
        f'  upstream u{port} {{ server {rig.LOOPBACK}:{port}; keepalive 64; keepalive_requests 1000000000; }}\n'
        for ports in backends.ports.values() for port in ports)

    def command(port):
        run = backends.run
        conf = render('nginx.conf', run / f'{name}.conf', RUN=run, NAME=name, PORT=port, UPSTREAMS=upstreams,
                      TUNING=tuning, TEMP=nginx_temp_paths(run / name))
        return ['nginx', '-e', run / f'{name}.err', '-c', conf]
    return Proxy(name, backends, command)


def node_version(node):
    """'20.20.2'. SystemExit if it does not run."""
    try:
        return subprocess.run([node, '-v'], capture_output=True, text=True, check=True).stdout.strip().removeprefix('v')
    except (OSError, subprocess.CalledProcessError) as problem:
        raise SystemExit(f'{node} -v: {problem}')
