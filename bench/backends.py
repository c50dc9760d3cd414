"""The containers' stand-ins, and the session map that leads to them in the format of each proxy."""

import hashlib
import importlib.util
import json
import re
import shutil
import sqlite3
import subprocess

import rig
from install import HERE, PROJECT
from scenarios import SMALL

PORTS = 8
SESSIONS = 100
SCHEMA = """
CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text);
CREATE TABLE gxitproxy (key text, key_type text, token text, host text, port integer, info text,
    PRIMARY KEY (key, key_type));
"""


class Backends:
    """8 ports of an nginx that serves files, 8 of the sink, or more; 100 sessions on each kind."""

    def __init__(self, tools, run, ports=PORTS):
        self.tools, self.run = tools, run
        shutil.rmtree(run, ignore_errors=True)
        (run / 'www/f').mkdir(parents=True)
        for name, size in (('10k', 10_000), ('1m', 1_000_000)):
            (run / 'www/f' / name).write_bytes(b'x' * size)
        self.ports = {kind: [rig.free_port() for _ in range(ports)] for kind in ('web', 'sink')}
        self.targets = {}
        for kind, own in self.ports.items():
            keys = {session_key(kind, i): own[i % ports] for i in range(SESSIONS)}
            self.targets.update(keys)
            (run / f'{kind}.sessions').write_text('\n'.join(keys) + '\n')
        self._write_maps()
        self.processes = [self._start_web(), self._start_sink()]

    def _write_maps(self):
        as_json = {key: {'host': rig.LOOPBACK, 'port': port} for key, port in self.targets.items()}
        (self.run / 'map.json').write_text(json.dumps(as_json))
        (self.run / 'nginx.map').write_text(''.join(f'{key} u{port};\n' for key, port in self.targets.items()))
        (self.run / 'haproxy.map').write_text(''.join(f'{key} {port}\n' for key, port in self.targets.items()))
        write_sqlite(self.run / 'map.sqlite', self.targets.items())

    def _start_web(self):
        listen = '\n'.join(f'    listen {rig.LOOPBACK}:{port} backlog=4096;' for port in self.ports['web'])
        conf = render('backend.conf', self.run / 'backend.conf', RUN=self.run, LISTEN=listen, SMALL=SMALL,
                      TEMP=nginx_temp_paths(self.run / 'backend'))
        process = rig.start(['nginx', '-e', self.run / 'backend.err', '-c', conf], rig.LOAD_CPU, self.run / 'backend.log')
        rig.wait_for(self.ports['web'][0], process)
        return process

    def _start_sink(self):
        process = rig.start([self.tools / 'sink', *self.ports['sink']], rig.LOAD_CPU, self.run / 'sink.log')
        rig.wait_for(self.ports['sink'][-1], process)
        return process


def session_key(kind, number):
    return hashlib.sha256(f'{kind}{number}'.encode()).hexdigest()[:48]


def write_sqlite(path, targets):
    """Galaxy's gxproxy2, and the table that gx-it-proxy reads (token "tok"). Targets: (key, port)."""
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    add_rows(database, targets)
    database.commit()
    database.close()


def add_rows(database, targets):
    """Inserts into both tables; the caller commits."""
    rows = [(key, rig.LOOPBACK, port) for key, port in targets]
    database.executemany('INSERT INTO gxproxy2 VALUES (?, ?, ?, NULL, NULL)', rows)
    database.executemany("INSERT INTO gxitproxy VALUES (?, 'interactivetoolentrypoint', 'tok', ?, ?, NULL)", rows)


def drop_row(database, key):
    """Deletes from both tables; the caller commits."""
    for table in ('gxproxy2', 'gxitproxy'):
        database.execute(f'DELETE FROM {table} WHERE key = ?', (key,))


def render(template, target, **values):
    """Fills in the @NAME@ marks of a file in conf/."""
    text = (HERE / 'conf' / template).read_text()
    target.write_text(re.sub('@([A-Z]+)@', lambda mark: str(values[mark[1]]), text))
    return target


def nginx_temp_paths(prefix):
    """nginx creates a folder for each of its modules, by default in a place that may belong to root: these are ours."""
    built = subprocess.run(['nginx', '-V'], capture_output=True, text=True, check=True).stderr
    optional = [name for name in ('fastcgi', 'uwsgi', 'scgi') if f'--without-http_{name}_module' not in built]
    return ' '.join(f'{name}_temp_path {prefix}-{name};' for name in ('proxy', 'client_body', *optional))


def galaxy_map(path):
    """A map that is written with Galaxy's own calls (test/support)."""
    source = PROJECT / 'test/support/galaxy-map.py'
    spec = importlib.util.spec_from_file_location('galaxy_map', source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.open_map(str(path))
