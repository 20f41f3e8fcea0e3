// Every query of the Grafana dashboard, and every metric that the documents name, is really served, and the other way round.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { kRoot, Programs } from './programs.mjs';

const served = new Map();  // name → { type, labels: Map(label → Set(values)) }
let programs;

before(async () => {
    programs = await Programs.start();
    for (const url of [`${programs.url}/metrics`, `http://127.0.0.1:${programs.metricsPort}/metrics`]) read(await (await fetch(url)).text());
});
after(() => programs.stop());

/** Text exposition format 0.0.4. */
function read(text) {
    for (const line of text.split('\n')) {
        const typed = /^# TYPE (\S+) (\S+)$/.exec(line);
        if (typed) {
            if (!served.has(typed[1])) served.set(typed[1], { type: typed[2], labels: new Map() });
            continue;
        }
        const sample = /^([a-z_:]+)(?:\{(.*)\})? \S+/.exec(line);
        if (!sample) continue;
        const base = served.has(sample[1]) ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, '');
        assert.ok(served.has(base), `${sample[1]} has no TYPE`);
        for (const [, label, value] of (sample[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)) {
            const { labels } = served.get(base);
            labels.set(label, (labels.get(label) ?? new Set()).add(value));
        }
    }
}

function queries() {
    const dashboard = JSON.parse(readFileSync(`${kRoot}/examples/grafana/tickbell.json`, 'utf8'));
    const all = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ title: panel.title, ...target })));
    for (const annotation of dashboard.annotations.list) all.push({ title: annotation.name, expr: annotation.expr, legendFormat: annotation.titleFormat });
    return all;
}

const kFromPrometheus = new Set(['job', 'instance', 'le']);
const metricsIn = (text) => [...text.matchAll(/\b(?:tickbell|process)_[a-z_]+\b/g)].map(([name]) => name);

test('queries name metrics that are served, as what they are', () => {
    assert.ok(queries().length > 30);
    for (const { title, expr } of queries()) {
        assert.notEqual(metricsIn(expr).length, 0, title);
        for (const name of metricsIn(expr)) {
            const isBucket = name.endsWith('_bucket');
            const metric = served.get(isBucket ? name.slice(0, -'_bucket'.length) : name);
            assert.ok(metric, `${title}: ${name} is not served`);
            const counted = new RegExp(`(rate|increase)\\(${name}\\b`).test(expr);
            assert.equal(counted, isBucket || metric.type === 'counter', `${title}: ${name} is a ${metric.type}`);
            if (isBucket) assert.equal(metric.type, 'histogram', `${title}: ${name}`);
        }
    }
});

test('queries and legends use labels that are there', () => {
    for (const { title, expr, legendFormat } of queries()) {
        const labels = new Set(metricsIn(expr).flatMap((name) => [...(served.get(name.replace(/_bucket$/, ''))?.labels.keys() ?? [])]));
        const used = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list.split(/\s*,\s*/));
        used.push(...[...(legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label));
        for (const label of used) assert.ok(kFromPrometheus.has(label) || labels.has(label), `${title}: no label ${label}`);
    }
});

test('the documents explain every metric, and none that does not exist', () => {
    const text = readFileSync(`${kRoot}/docs/operations.md`, 'utf8');
    const named = new Set(metricsIn(text));
    for (const name of served.keys()) assert.ok(named.has(name), `docs/operations.md does not explain ${name}`);
    for (const name of named) assert.ok(served.has(name), `docs/operations.md explains ${name}, which is not served`);
});

test('names follow Prometheus', () => {
    for (const [name, { type }] of served) {
        assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
        assert.doesNotMatch(name, /_(ms|millis|kb|mb)\b/, `${name}: base units`);
    }
});
