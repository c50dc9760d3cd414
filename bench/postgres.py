"""A PostgreSQL server of the benchmark's own, with the table of tools and Galaxy's statements on it."""

import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import install
import rig

NAME, OWNER = 'gxitproxy', 'galaxy'
# Debian's folders by version.
PROGRAMS = '/usr/lib/postgresql/*/bin'
TABLE = """CREATE TABLE gxitproxy (key varchar(48), key_type text, token varchar(32), host text, port integer, info text,
    PRIMARY KEY (key, key_type))"""
# A crash loses the figures in any case.
SETTINGS = ('fsync=off', 'shared_buffers=256MB', 'max_wal_size=4GB')
PATIENCE = 60


class Server:
    """On a free port and on both cores: another machine would not compete with the load for one. Runs as the user postgres where this script is root."""

    def __init__(self):
        found = sorted(glob.glob(PROGRAMS), key=lambda path: float(path.split('/')[-2]))
        if not found:
            raise SystemExit('PostgreSQL: not found. On Debian: apt-get install --no-install-recommends postgresql')
        self.programs = pathlib.Path(found[-1])
        # The project may be where that user cannot read.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='galaxy-proxy-bench-'))
        self.user = []
        if os.getuid() == 0:
            account = pwd.getpwnam('postgres')
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = ['setpriv', f'--reuid={account.pw_uid}', f'--regid={account.pw_gid}', '--init-groups']
        self.port, self.process = rig.free_port(), None
        self.url = f'postgresql://{OWNER}@{rig.LOOPBACK}:{self.port}/{NAME}'

    def start(self):
        data = self.folder / 'data'
        install.call([*self.user, self.programs / 'initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync',
                      '--locale=C', '--encoding=UTF8'], cwd=self.folder)
        settings = [word for setting in SETTINGS for word in ('-c', setting)]
        self.process = rig.start([*self.user, self.programs / 'postgres', '-D', data, '-k', self.folder, '-p', self.port,
                                  '-c', f'listen_addresses={rig.LOOPBACK}', *settings],
                                 rig.LOAD_CPU, self.folder / 'log', self.folder)
        end = time.time() + PATIENCE
        while not self._is_ready():
            if self.process.poll() is not None or time.time() > end:
                raise SystemExit(f'PostgreSQL does not start: {(self.folder / "log").read_text()[-1500:]}')
            time.sleep(0.05)
        self.sql(f'CREATE ROLE {OWNER} LOGIN')
        self.sql(f'CREATE DATABASE {NAME} OWNER {OWNER}')

    def _is_ready(self):
        return subprocess.run([self.programs / 'pg_isready', '-q', '-h', self.folder, '-p', str(self.port)]).returncode == 0

    def sql(self, statement, rows=None, database='postgres'):
        """Runs a statement; with rows a COPY ... FROM STDIN. Gives what psql prints."""
        words = [self.programs / 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', self.folder, '-p', self.port,
                 '-U', OWNER if database == NAME else 'postgres', '-d', database, '-c', statement]
        text = None if rows is None else ''.join('\t'.join(map(str, row)) + '\n' for row in rows)
        done = subprocess.run(list(map(str, words)), input=text, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f'PostgreSQL: {done.stderr}')
        return done.stdout.strip()

    def fill(self, targets):
        """Makes the table anew. Targets: (key, host, port)."""
        self.sql('DROP TABLE IF EXISTS gxitproxy', database=NAME)
        self.sql(TABLE, database=NAME)
        rows = ((key, 'interactivetoolentrypoint', 'tok', host, port, '\\N') for key, host, port in targets)
        self.sql('COPY gxitproxy FROM STDIN', rows, NAME)

    def settle(self):
        """As autovacuum leaves it after some minutes."""
        self.sql('VACUUM ANALYZE gxitproxy', database=NAME)
        self.sql('CHECKPOINT')

    def pids(self):
        """Each of its processes leads a session of its own."""
        parent = self.process.pid
        children = pathlib.Path(f'/proc/{parent}/task/{parent}/children').read_text()
        return [parent, *map(int, children.split())]

    def stop(self):
        if self.process:
            # At once, whoever is still connected.
            self.process.send_signal(signal.SIGQUIT)
            rig.stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)
