"""The machine and the programs of a measurement."""

import os
import pathlib
import platform
import re
import subprocess
import time

import install
import proxies


def about(measured, cache):
    """Machine, versions and commit. `measured`: the proxies of this run."""
    names = {proxy.name for proxy in measured}
    versions = {'nginx': _nginx(), **{name: _package(name, cache) for name in names & set(proxies.NPM)}}
    if 'haproxy' in names:
        versions['haproxy'] = _word_after('version', _first_line('haproxy', '-v'))
    if names & {'http-proxy', 'legacy'}:
        versions['http-proxy'] = _version_of(install.PROJECT / 'node_modules/http-proxy')
    return {
        'date': time.strftime('%F'), 'commit': commit(),
        'cpu': _cpu_model(), 'cores': os.cpu_count(), 'kernel': platform.release(),
        'node': {proxy.name: proxies.node_version(proxy.node) for proxy in measured
                 if proxy.name.startswith(proxies.OURS)},
        'versions': versions}


def commit():
    return _first_line('git', 'describe', '--always', '--dirty') or 'unknown'


def in_words(info):
    """One paragraph for the head of a report."""
    nodes = ' and '.join(dict.fromkeys(info['node'].values()))
    others = ', '.join(f'{proxies.LABELS[name]} {version}' for name, version in sorted(info['versions'].items()))
    return (f'{info["date"]}, commit {info["commit"]}. {info["cpu"]}, {info["cores"]} cores, Linux {info["kernel"]}. '
            f'galaxy-proxy on Node {nodes}, the others on Node {info["node"][proxies.OURS]}: {others}.')


def _cpu_model():
    text = pathlib.Path('/proc/cpuinfo').read_text()
    model = re.search(r'^(?:model name|Model)\s*:\s*(.*)$', text, re.MULTILINE)
    return model[1] if model else platform.machine()


def _nginx():
    return _first_line('nginx', '-v').rpartition('/')[2]


def _package(name, cache):
    package = proxies.NPM[name]
    return _version_of(cache / name / 'node_modules' / package[:package.rindex('@')])


def _version_of(folder):
    return re.search(r'"version":\s*"([^"]*)"', (folder / 'package.json').read_text())[1]


def _word_after(word, line):
    return line.partition(f'{word} ')[2].split(' ')[0].split('-')[0]


def _first_line(*argv):
    """Empty if the program fails: a tarball has no commit."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, cwd=install.PROJECT)
    except OSError:
        return ''
    return '' if done.returncode else (done.stdout or done.stderr).partition('\n')[0].strip()
