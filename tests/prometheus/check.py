#!/usr/bin/python3
"""Alerts, dashboard and metrics belong together: check.py WRITE_METRICS, the program of tests/support.

promtool finds nothing to say about the metrics, the rules pass their tests and each alert fires in one of them, and every
metric and label that rules and dashboard ask for is told by the program. Prints what is wrong; the status is its number.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / 'configs/prometheus/baleen.rules.yml'
ALERTS = ROOT / 'tests/prometheus/alerts.yml'
DASHBOARD = ROOT / 'configs/grafana/baleen.json'
SKIPPED = 77

# Functions and operators of PromQL that are in use.
WORDS = set('absent and changes histogram_quantile increase label_values max min or rate sum time unless'.split())
# Labels that Prometheus adds, or rules make.
LABELS = {'instance', 'job', 'le', 'alertname', 'severity'}


def output(*command, text=None):
    done = subprocess.run([str(word) for word in command], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def told(exposition):
    """{metric: names of its labels} of a text of metrics."""
    metrics = {}
    for line in exposition.splitlines():
        found = re.match(r'(\w+)(?:\{(.*)\})? ', line)
        if found and not line.startswith('#'):
            labels = re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', found[2] or '')
            metrics.setdefault(found[1], set()).update(labels)
    return metrics


def names(expression):
    """Metrics and labels of a PromQL expression: [[metric, {its labels}]], {labels of by, on, without}."""
    metrics, grouped = [], set()
    into = None  # a set that names go into, up to the end of its parentheses or braces
    for token in re.findall(r'"(?:[^"\\]|\\.)*"|\[[^]]*\]|[a-zA-Z_]\w*|\S', expression):
        is_name = re.match(r'[a-zA-Z_]', token)
        if token in ('by', 'on', 'without', 'ignoring'):
            into = grouped
        elif token == '{':
            into = metrics[-1][1]
        elif token in '})':
            into = None
        elif is_name and into is not None:
            into.add(token)
        elif is_name and token not in WORDS:
            metrics.append([token, set()])
    return metrics, grouped


def expressions_of_rules():
    """(alert, expression) of each rule; the file is simple enough to be read without a YAML library."""
    for alert, rule in re.findall(r'- alert: (\w+)\n(.*?)(?=\n      - alert:|\Z)', RULES.read_text(), re.S):
        expression = re.search(r'expr: (?:\|-\n)?(.*?)\n        (?:for|labels):', rule, re.S)[1]
        yield alert, expression


def expressions_of_dashboard():
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard['panels']:
        for target in panel.get('targets', ()):
            yield panel['title'], target['expr']
    for annotation in dashboard['annotations']['list']:
        yield annotation['name'], annotation['expr']
    for variable in dashboard['templating']['list']:
        yield variable['name'], variable.get('definition', '').replace(', instance', '')


def unknown(where, expression, metrics):
    asked, grouped = names(expression)
    known = set(LABELS)
    for metric, labels in asked:
        if metric not in metrics:
            yield '%s: %s is not told' % (where, metric)
            continue
        known |= metrics[metric]
        for label in labels - metrics[metric] - LABELS:
            yield '%s: %s has no label %s' % (where, metric, label)
    for label in grouped - known:
        yield '%s: no metric has the label %s' % (where, label)


def unknown_in_words(metrics):
    """What descriptions tell people to look at or to change, and that there is not."""
    text = RULES.read_text()
    sections = {}
    for line in (ROOT / 'configs/baleen.toml').read_text().splitlines():
        if found := re.match(r'\[(\w+)\]', line):
            keys = sections.setdefault(found[1], set())
        elif found := re.match(r'(\w+) =', line):
            keys.add(found[1])
    for section, key in re.findall(r'(?<![\w.$])(\w+)\.(\w+)', text):
        if section in sections and key not in sections[section]:
            yield 'rules: there is no %s.%s to configure' % (section, key)
    for metric in re.findall(r'\bbaleen_\w+', text):
        if metric not in metrics:
            yield 'rules: %s is not told' % metric
    for alert in re.findall(r'\bBaleen[A-Z]\w+', text):
        if '- alert: %s\n' % alert not in text:
            yield 'rules: there is no alert %s' % alert


def wrong_panels():
    panels = json.loads(DASHBOARD.read_text())['panels']
    ids = [panel['id'] for panel in panels]
    if len(set(ids)) != len(ids):
        yield 'dashboard: two panels have one id'
    places = {}
    for panel in panels:
        at = panel['gridPos']
        for x in range(at['x'], at['x'] + at['w']):
            for y in range(at['y'], at['y'] + at['h']):
                if x >= 24 or places.setdefault((x, y), panel['title']) != panel['title']:
                    yield 'dashboard: %s lies on %s' % (panel['title'], places.get((x, y), 'the edge'))
                    return
        for target in panel.get('targets', ()):
            if target['datasource'] != {'type': 'prometheus', 'uid': '${datasource}'} or not target['expr']:
                yield 'dashboard: %s does not ask the chosen data source' % panel['title']
            if 'instance=~"$instance"' not in target['expr']:
                yield 'dashboard: %s does not ask the chosen instance' % panel['title']


def problems(write_metrics):
    metrics = {}
    for scene in ('bare', 'files', 'sample'):
        status, text = output(write_metrics, scene)
        lint_status, lint = output('promtool', 'check', 'metrics', text=text)
        if status or lint_status or lint.strip():
            yield 'promtool check metrics, %s: %s' % (scene, lint)
        for metric, labels in told(text).items():
            metrics.setdefault(metric, set()).update(labels)
    for command in (('promtool', 'check', 'rules', RULES), ('promtool', 'test', 'rules', ALERTS)):
        status, text = output(*command)
        if status:
            yield '%s:\n%s' % (' '.join(map(str, command)), text)
    tests, document = ALERTS.read_text(), (ROOT / 'docs/metrics.md').read_text()
    alerts = [alert for alert, _ in expressions_of_rules()]
    if len(alerts) != RULES.read_text().count('- alert:') or len(set(alerts)) != len(alerts):
        yield 'alerts: %d are read' % len(alerts)
    for alert in alerts:
        if 'alertname="%s"' % alert not in tests:
            yield 'no test makes %s fire' % alert
        if '| %s |' % alert not in document:
            yield 'docs/metrics.md does not list %s' % alert
    for where, expression in [*expressions_of_rules(), *expressions_of_dashboard()]:
        yield from unknown(where, expression, metrics)
    yield from unknown_in_words(metrics)
    yield from wrong_panels()


if __name__ == '__main__':
    if not shutil.which('promtool'):
        print('promtool (package prometheus) is not installed')
        sys.exit(SKIPPED)
    found = list(problems(sys.argv[1]))
    print('\n'.join(found) if found else 'alerts, dashboard and metrics belong together')
    sys.exit(min(len(found), 70))
