import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { source } from './sources.mjs';

const { CandleSeries } = await source('candles');
const { compareDecimals, decimalsOf, fromUnits, nearestTick, stepByTicks, toUnits } = await source('decimal');
const { durationMs, priceText } = await source('format');
const { completeLine, kKinds, levelsOf, valuesOf, whenOf } = await source('kinds');
const { Link } = await source('link');
const { Memory } = await source('memory');
const { previewWords } = await source('preview');

/* What decides in the dashboard, without a browser. */

test('decimals are exact where numbers are not', () => {
    assert.equal(fromUnits(toUnits('70000.10000000')), '70000.1');
    assert.equal(fromUnits(toUnits('0.00001216')), '0.00001216');
    assert.equal(fromUnits(toUnits('92233720368.54775807')), '92233720368.54775807');
    for (const wrong of ['', '-1', '1e5', '1.123456789', '.5', '1.', 'x']) assert.equal(toUnits(wrong), null, wrong);
    assert.equal(compareDecimals('0.1', '0.10'), 0);
    assert.equal(compareDecimals('90071992.54740993', '90071992.54740992'), 1);
    assert.equal(nearestTick(70123.456, '0.01'), '70123.46');
    assert.equal(nearestTick(0.000012164, '0.00000001'), '0.00001216');
    assert.equal(nearestTick(0.001, '0.01'), '0.01', 'never zero');
    assert.equal(nearestTick(13, '5'), '15');
    assert.equal(stepByTicks('0.3', '0.1', -5), '0.1');
    assert.equal(stepByTicks('0.1', '0.1', 2), '0.3');
    assert.equal(decimalsOf('0.00100000'), 3);
    assert.equal(priceText('70123.4', '0.01'), '70,123.40');
    assert.equal(priceText('0.00001216'), '0.00001216');
    assert.equal(priceText('1234567.00000000'), '1,234,567');
    assert.deepEqual(['500ms', '90s', '5m', '1h', '2d', null].map(durationMs), [500, 90_000, 300_000, 3_600_000, 172_800_000, 0]);
});

test('a form gives back the condition that it was filled with', () => {
    const conditions = [
        { kind: 'above', price: '70000', rearm: '69000', for: '5m' },
        { kind: 'below', price: '1', initial: false },
        { kind: 'cross', price: '5' },
        { kind: 'enter', low: '1', high: '2', initial: true },
        { kind: 'move', pct: '2', direction: 'up', anchor: 'last_fire' },
        { kind: 'move', abs: '500', direction: 'both', anchor: '70000' },
        { kind: 'change', pct: '3', window: '15m', direction: 'down' },
        { kind: 'spike', metric: 'trades', factor: '3', window: '1h', bucket: '1m' },
        { kind: 'volatility', value: '0.5', window: '1h' },
        { kind: 'trail', pct: '2.5', side: 'up' },
    ];
    for (const when of conditions) assert.deepEqual(whenOf(when.kind, valuesOf(when)), when);
    assert.deepEqual(whenOf('above', { price: ' 70,000.5 ', rearm: '', for: '', initial: true }), { kind: 'above', price: '70000.5' });
    assert.equal(new Set(kKinds.map(({ kind }) => kind)).size, 12);
    assert.deepEqual(levelsOf({ kind: 'exit', low: '1', high: '2' }), [{ name: 'low', price: '1' }, { name: 'high', price: '2' }]);
    assert.deepEqual(levelsOf({ kind: 'move', pct: '2' }), []);
    assert.equal(completeLine('  above 5 once', 'BTCUSDT'), 'BTCUSDT above 5 once');
    assert.equal(completeLine('ETHUSDT above 5', 'BTCUSDT'), 'ETHUSDT above 5');
});

test('candles of the server replace live ones, and a live price moves only the newest', () => {
    const row = (minute, close, high = close) => ({ t: minute * 60_000, o: '1', h: String(high), l: '1', c: String(close), v: '1', n: 1 });
    const series = new CandleSeries(60_000);
    assert.equal(series.merge([]), 0);
    assert.equal(series.merge([row(10, 2), row(11, 3)]), 0);
    assert.equal(series.onPrice(5, 11 * 60_000 + 10), true);
    assert.deepEqual([series.last.h, series.last.c], [5, 5]);
    assert.equal(series.onPrice(9, 10 * 60_000), false, 'a closed candle is the server’s');
    assert.equal(series.onPrice(4, 12 * 60_000), true);
    assert.deepEqual([series.rows.length, series.last.o, series.last.h, series.last.l], [3, 5, 5, 4]);
    assert.equal(series.merge([row(11, 5, 7), row(12, 4, 8)]), 1);
    assert.deepEqual([series.rows[1].h, series.last.h, series.last.c, series.rows.length], [7, 8, 4, 3]);
    assert.equal(series.merge([row(8, 1), row(9, 1)]), 0);
    assert.deepEqual(series.rows.map(({ t }) => t / 60_000), [8, 9, 10, 11, 12]);
});

test('a preview says in words how often, and what is not known', () => {
    const said = (count, coverage = null) => previewWords({ fires: [], count, coverage, basis: '1m' });
    assert.equal(said(0), 'would not have fired');
    assert.equal(said(1, { from: 1, to: 2, complete: true }), 'would have fired once');
    assert.match(said(1200, { from: 1, to: 2, complete: false }), /^would have fired 1,200 times; known is .+ to .+$/);
});

// ---- The link, against a server that is played

const kWelcome = { type: 'welcome', account: 'acc_offer', session: 'ses_offer', epoch: 'e1', seq: 0, acked: 0, auth: 'anonymous', heartbeat_ms: 15_000 };

class World {
    constructor(stored = {}) {
        this.items = new Map(Object.entries(stored).map(([name, value]) => [`tickbell.${name}`, JSON.stringify(value)]));
        const storage = { getItem: (name) => this.items.get(name) ?? null, setItem: (name, value) => this.items.set(name, value), removeItem: (name) => this.items.delete(name) };
        this.memory = new Memory(storage);
        this.sockets = [];
        this.timers = new Map();
        this.events = [];
        this.link = new Link({
            url: 'ws://x/ws', memory: this.memory, random: () => 1,
            makeSocket: () => this.socket(),
            timers: { setTimeout: (run, ms) => (this.timers.set(++this.lastTimer, { run, ms }), this.lastTimer), clearTimeout: (id) => this.timers.delete(id) },
        });
        for (const type of ['ready', 'notification', 'gap', 'forgotten', 'unpushed']) this.link.on(type, (detail) => this.events.push([type, detail]));
        this.link.open();
    }

    lastTimer = 0;

    socket() {
        const socket = { readyState: 1, sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close: () => (socket.readyState = 3) };
        this.sockets.push(socket);
        return socket;
    }

    get now() {
        return this.sockets.at(-1);
    }

    async say(frame) {
        this.now.onmessage({ data: JSON.stringify(frame) });
        await new Promise(setImmediate);
    }

    /** Answers the newest request. */
    async answer(result, error) {
        const { id, method } = this.now.sent.at(-1);
        await this.say(error ? { id, method, error } : { id, method, result });
    }

    /** Lets the timer that waits this long fire. */
    async fire(ms) {
        const [id, timer] = [...this.timers].find(([, { ms: wait }]) => wait === ms) ?? assert.fail(`no timer of ${ms} ms: ${[...this.timers.values()].map((timer) => timer.ms)}`);
        this.timers.delete(id);
        timer.run();
        await new Promise(setImmediate);
    }

    seqs() {
        return this.events.filter(([type]) => type === 'notification').map(([, { seq }]) => seq);
    }
}

const notification = (seq, more = {}) => ({ type: 'notification', seq, epoch: 'e1', ...more });

test('a first visit takes the offered account and keeps its secret once something is stored', async () => {
    const world = new World();
    await world.say(kWelcome);
    assert.equal(world.events[0][1].resumed.kind, 'fresh');
    assert.equal(world.memory.get('session'), null);
    world.link.request('subscribe', {});
    await world.answer({ created: true });
    assert.equal(world.memory.get('session'), 'ses_offer');
});

test('a returning visitor resumes after the last event seen, and repeats are dropped', async () => {
    const world = new World({ session: 'ses_mine', seen: { account: 'acc_mine', epoch: 'e1', seq: 7 } });
    await world.say(kWelcome);
    assert.deepEqual(world.now.sent[0].params, { session: 'ses_mine' });
    await world.answer({ ...kWelcome, account: 'acc_mine', session: 'ses_mine', seq: 9, auth: 'session' });
    assert.deepEqual(world.now.sent[1], { id: 2, method: 'resume', params: { epoch: 'e1', after: 7 } });
    await world.answer({ recovered: true, replaying: 2, up_to: 9 });
    for (const seq of [8, 9, 9, 8, 10]) await world.say(notification(seq));
    assert.deepEqual(world.seqs(), [8, 9, 10]);
    assert.deepEqual(world.memory.get('seen'), { account: 'acc_mine', epoch: 'e1', seq: 10 });
});

test('a hole is told, and the new epoch counted from its start', async () => {
    const world = new World({ session: 'ses_mine', seen: { account: 'acc_mine', epoch: 'e0', seq: 700 } });
    await world.say(kWelcome);
    await world.answer({ ...kWelcome, account: 'acc_mine', seq: 3, auth: 'session' });
    await world.answer({ recovered: false, reason: 'epoch_changed', up_to: 3 });
    assert.deepEqual(world.events[0][1].resumed, { kind: 'hole', reason: 'epoch_changed' });
    await world.say(notification(4));
    assert.deepEqual(world.seqs(), [4]);
});

test('a session that the server forgot gives way to the offered account', async () => {
    const world = new World({ session: 'ses_old', seen: { account: 'acc_old', epoch: 'e1', seq: 7 } });
    await world.say(kWelcome);
    await world.answer(null, { code: 1202, message: 'no such session' });
    assert.deepEqual(world.events.map(([type]) => type), ['forgotten', 'ready']);
    assert.equal(world.memory.get('session'), null);
    assert.deepEqual(world.memory.get('seen'), { account: 'acc_offer', epoch: 'e1', seq: 0 });
});

test('a broken connection is retried ever more slowly, a dead one is noticed, a refusal is final', async () => {
    const world = new World();
    for (const wait of [500, 1000, 2000]) {
        world.now.onclose({ code: 1006 });
        assert.equal(world.link.state.name, 'waiting');
        await world.fire(wait);
    }
    await world.say(kWelcome);
    assert.equal(world.link.state.name, 'live');
    const asked = assert.rejects(world.link.request('list'), /connection broke/);
    await world.fire(37_500);
    await asked;
    assert.equal(world.link.state.name, 'waiting');
    await world.fire(500);
    await world.say(kWelcome);
    await world.say({ type: 'goodbye', reason: 'shutdown', reconnect_in_ms: 777 });
    world.now.onclose({ code: 1012 });
    await world.fire(777);
    world.now.onclose({ code: 4503, reason: 'too many errors' });
    assert.equal(world.link.state.name, 'refused');
    assert.equal(world.timers.size, 0, 'nothing is tried again');
});

test('a server that demands a key is told so, and a wrong key is not tried again', async () => {
    const world = new World();
    await world.say({ ...kWelcome, auth: 'required', account: null, session: null, seq: null });
    assert.equal(world.link.state.name, 'locked');
    world.link.useKey('tb_wrong');
    await world.say({ ...kWelcome, auth: 'required', account: null, session: null, seq: null });
    assert.deepEqual(world.now.sent[0].params, { token: 'tb_wrong' });
    await world.answer(null, { code: 1202, message: 'no such key' });
    assert.equal(world.link.state.name, 'locked');
    assert.equal(world.timers.size, 0);
});

test('a heartbeat that is ahead of what was pushed asks for the history', async () => {
    const world = new World();
    await world.say(kWelcome);
    await world.say(notification(1));
    await world.say({ type: 'heartbeat', ts: 1, seq: 1 });
    await world.say({ type: 'heartbeat', ts: 2, seq: 3 });
    assert.deepEqual(world.events.at(-1), ['unpushed', { seq: 3 }]);
    assert.equal(world.memory.get('seen').seq, 3);
});

test('every colour of text stands out from every surface, in both themes', () => {
    const css = readFileSync(new URL('../../examples/dashboard/src/css/base.css', import.meta.url), 'utf8');
    const colors = new Map([...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(([, name, light, dark]) => [name, [light, dark]]));
    // WCAG 2: relative luminance, contrast ratio.
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const luminance = (color) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => sum + weight * linear(parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16) / 255), 0);
    const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
    for (const theme of [0, 1])
        for (const text of ['text', 'muted', 'accent', 'preview', 'up', 'down', 'good', 'wait', 'bad'])
            for (const surface of ['bg', 'surface', 'raised', 'field', 'hover', 'accent-soft']) {
                const ratio = contrast(colors.get(text)[theme], colors.get(surface)[theme]);
                assert.ok(ratio >= 4.5, `${text} on ${surface}: ${ratio.toFixed(2)}`);
            }
});

test('storage that refuses is done without', () => {
    const memory = new Memory({ getItem: () => assert.fail('no storage'), setItem: () => { throw new Error('full'); }, removeItem: () => {} });
    memory.set('a', 1);
    assert.equal(memory.get('a'), 1);
});
