"""The guard against slow decay: compares the short run's ratios to nginx with the committed ones."""

import json

from install import HERE
from proxies import BASE, OURS, label
from scenarios import ABOUT, QUICK

RATIOS = HERE / 'ratios.json'
ALLOWED = 0.15


def major(version):
    """'20.20.2' -> '20': ratios are kept for each Node, whose cost per request differ by a third."""
    return version.partition('.')[0]


def write(results, info):
    """Keeps the ratios of this run, for the Nodes that it ran under; those of other Nodes stay as they are."""
    kept = json.loads(RATIOS.read_text()) if RATIOS.exists() else {}
    where = {key: info[key] for key in ('date', 'commit', 'cpu', 'kernel')} | {'nginx': info['versions'][BASE]}
    for name, version in info['node'].items():
        ratios = {scenario: results.ratio(scenario, name, BASE) for scenario in QUICK}
        void = [scenario for scenario, ratio in ratios.items() if ratio is None]
        if void:
            raise SystemExit(f'{RATIOS} is left as it was: no ratio of {", ".join(void)}. Mend the errors, record again.')
        kept[major(version)] = where | {'ratios': {scenario: round(ratio, 3) for scenario, ratio in ratios.items()}}
    RATIOS.write_text(json.dumps(dict(sorted(kept.items())), indent='\t') + '\n')


def losses(results, scenarios, info):
    """[(scenario, words)] for scenarios that are slower than recorded by more than the limit, have errors, or are not recorded."""
    if not RATIOS.exists():
        raise SystemExit(f'{RATIOS} does not exist: npm run bench -- --quick --record writes it (on a quiet machine)')
    recorded, found = json.loads(RATIOS.read_text()), []
    for name, version in info['node'].items():
        then = recorded.get(major(version))
        if not then:
            raise SystemExit(f'{RATIOS} has nothing for Node {major(version)}, only for {", ".join(recorded)}: use one of '
                             'these, or write it with npm run bench -- --quick --record (on a quiet machine)')
        for scenario in scenarios:
            now, before = results.ratio(scenario, name, BASE), then['ratios'][scenario]
            if now is None:
                found.append((scenario, f'{label(name)}, {scenario}: errors, no ratio (see above)'))
                continue
            change = now / before - 1
            words = f'{label(name)}, {scenario} ({ABOUT[scenario]}): {now:.2f} of nginx, recorded {before:.2f}, {change:+.0%}'
            verdict = 'LOSS' if change > ALLOWED else 'gain, record it' if change < -ALLOWED else 'ok'
            print(f'  {words}: {verdict}', flush=True)
            if change > ALLOWED:
                found.append((scenario, words))
    return found


def advice(info):
    """Advice after a loss of speed."""
    lines = [f'\n{len(QUICK)} scenarios may each cost {ALLOWED:.0%} more than recorded. What to do:',
             '- look at the noise line: when other work ran on the proxy\'s core, repeat on a quiet machine;',
             '- find the commit: git bisect run npm run bench -- --check;',
             '- when the cost is wanted, say so in the commit and record it: npm run bench -- --quick --record.']
    for version in info['node'].values():
        then = json.loads(RATIOS.read_text())[major(version)]
        here = {'cpu': info['cpu'], 'nginx': info['versions'][BASE]}
        other = [f'{key} {then[key]} (here {value})' for key, value in here.items() if then[key] != value]
        if other:
            lines.append(f'- Node {major(version)} was recorded elsewhere, which may be all that it is: {", ".join(other)}.')
    return '\n'.join(lines)
