import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { gzipSync } from 'node:zlib';

import { kTimeoutMs, startReplay } from './replay_process.mjs';
import { StreamClient } from './stream_client.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tickbell-replay-'));
after(() => rmSync(folder, { recursive: true }));

/** A tape of `count` trades, 10 ms apart, two of each time; ids from `first`. */
function writeTape(symbol, count, first = 1_000) {
    const rows = ['trade_id,price,qty,time_ms,is_buyer_maker'];
    for (let i = 0; i < count; i++)
        rows.push(`${first + i},${(100 + (i % 7) / 10).toFixed(8)},0.50000000,${1_700_000_000_000 + Math.floor(i / 2) * 20},${i % 3 === 0}`);
    const path = join(folder, `${symbol}.spot.20231114.csv.gz`);
    writeFileSync(path, gzipSync(rows.join('\n') + '\n'));
    return path;
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a held market that moves by injected trades', { timeout: kTimeoutMs }, () => {
    let replay;
    const inject = async (count) => {
        const ids = [];
        for (let i = 0; i < count; i++) ids.push((await replay.control(`trade?symbol=BTCUSDT&price=${100 + i}&qty=2`)).id);
        return ids;
    };
    const open = (path = '/ws/btcusdt@trade') => StreamClient.open(replay.ws + path);
    const hear = async (client, count) => client.until((c) => c.trades.length >= count);

    before(async () => (replay = await startReplay('--synthetic', '7', '--hold')));
    after(async () => assert.equal(await replay.stop(), 0));

    test('an injected trade has the next id on the socket and in REST', async () => {
        const client = await open();
        const [row] = await (await fetch(`${replay.rest}/api/v3/aggTrades?symbol=BTCUSDT&limit=1`)).json();
        const ids = await inject(3);
        await hear(client, 3);
        assert.deepEqual(ids, range(row.l + 1, row.l + 3));
        assert.deepEqual(client.ids, ids);
        assert.equal(client.trades[1].p, '101.00000000');
        const ticker = await (await fetch(`${replay.rest}/api/v3/ticker/24hr?symbol=BTCUSDT`)).json();
        assert.equal(ticker.lastId, ids[2]);
    });

    test('control messages are answered; an unknown name is acknowledged', async () => {
        const client = await open('/stream');
        assert.deepEqual(await client.ask('SUBSCRIBE', ['btcusdt@trade', 'nosuchcoin@trade'], 1), { result: null, id: 1 });
        assert.deepEqual(await client.ask('LIST_SUBSCRIPTIONS', undefined, 'two'), { result: ['btcusdt@trade', 'nosuchcoin@trade'], id: 'two' });
        await inject(1);
        await hear(client, 1);
        assert.equal(client.messages.at(-1).stream, 'btcusdt@trade');
        assert.equal(client.socket.extensions, '');
    });

    test('an invalid name is answered with the wrapped error, then the connection closes', async () => {
        const client = await open();
        client.send({ method: 'SUBSCRIBE', params: ['btcusdt'], id: 9 });
        await client.closed;
        assert.deepEqual(client.replies, [{ error: { code: 2, msg: 'Invalid request: invalid stream' }, id: 9 }]);
    });

    test('six frames at once close with 1008', async () => {
        const client = await open();
        for (let id = 0; id < 6; id++) client.send({ method: 'LIST_SUBSCRIPTIONS', id });
        assert.deepEqual(await client.closed, { code: 1008, reason: 'Too many requests' });
        assert.equal(client.replies.length, 5);
    });

    test('a request over 4096 bytes draws no answer', async () => {
        const client = await open();
        client.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: 1 }) + ' '.repeat(4_100));
        await client.ask('LIST_SUBSCRIPTIONS', undefined, 2);
        assert.deepEqual(client.replies.map((r) => r.id), [2]);
    });

    test('skipped frames are missing on the socket and present over REST', async () => {
        const client = await open();
        await replay.control('skip?symbol=BTCUSDT&count=2');
        const ids = await inject(4);
        await hear(client, 2);
        assert.deepEqual(client.ids, ids.slice(2));
        const rows = await (await fetch(`${replay.rest}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${ids[0]}`)).json();
        assert.deepEqual(rows.map((r) => r.id), ids);
    });

    test('duplicate, reorder and lag do what they say', async () => {
        const client = await open();
        await replay.control('duplicate?count=1');
        const [a, b] = await inject(2);
        await hear(client, 3);
        await replay.control('reorder?count=3');
        const [c, d, e] = await inject(3);
        await hear(client, 6);
        assert.deepEqual(client.ids, [a, a, b, e, d, c]);
        await replay.control('lag?ms=300');
        const sentAt = Date.now();
        await inject(1);
        await hear(client, 7);
        assert.ok(Date.now() - sentAt >= 250);
        await replay.control('clear');
    });

    test('stall loses data of old connections; replies go on and a new connection is healthy', async () => {
        const stalled = await open();
        await replay.control('stall');
        const fresh = await open();
        await inject(1);
        await hear(fresh, 1);
        await stalled.ask('LIST_SUBSCRIPTIONS', undefined, 1);
        assert.equal(stalled.trades.length, 0);
        await replay.control('clear');
        await inject(1);
        await hear(stalled, 1);
    });

    test('stall of one symbol leaves the others alone', async () => {
        const client = await open('/ws/btcusdt@trade/ethusdt@trade');
        await replay.control('stall?symbol=BTCUSDT');
        await inject(1);
        await replay.control('trade?symbol=ETHUSDT&price=7');
        await hear(client, 1);
        assert.deepEqual(client.trades.map((t) => t.s), ['ETHUSDT']);
        await replay.control('clear');
    });

    test('drop closes with the code and refuses for a while; reset has no close frame', async () => {
        const dropped = await open();
        await replay.control('drop?code=1012&refuse_ms=60000');
        assert.equal((await dropped.closed).code, 1012);
        await assert.rejects(open());
        await replay.control('clear');
        const reset = await open();
        await replay.control('reset');
        assert.equal((await reset.closed).code, 1006);
    });

    test('serverShutdown is announced, wrapped where the connection is, then the connection closes', async () => {
        const raw = await open();
        const combined = await open('/stream?streams=btcusdt@trade');
        await replay.control('shutdown-notice?in_ms=200');
        await Promise.all([raw.closed, combined.closed]);
        assert.equal(raw.messages[0].e, 'serverShutdown');
        assert.equal(combined.messages[0].stream, '!serverShutdown');
        assert.equal(combined.messages[0].data.e, 'serverShutdown');
    });

    test('events may precede the answer', async () => {
        await replay.control('event-before-ack?ms=400');
        const client = await open('/ws');
        client.send({ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 });
        const timer = setInterval(() => inject(1), 50);
        await client.until((c) => c.replies.length > 0);
        clearInterval(timer);
        await replay.control('clear');
        assert.equal(client.messages[0].e, 'trade');
    });

    test('garbage, unknown events, unknown members and a zero price', async () => {
        const client = await open();
        await replay.control('garbage');
        await replay.control('unknown-event');
        await replay.control('zero-price?symbol=BTCUSDT');
        await replay.control('extra-fields');
        await inject(1);
        await hear(client, 2);
        assert.throws(() => JSON.parse(client.texts[0]));
        assert.equal(client.messages[0].e, 'neverSeenBefore');
        assert.equal(client.trades[0].p, '0.00000000');
        assert.equal(client.trades[1].X, 'MARKET');
        await replay.control('garbage?kind=frame');
        assert.equal((await client.closed).code, 1006);
        await replay.control('clear');
    });

    test('tape-reset goes on with lower ids', async () => {
        await replay.control('tape-reset?symbol=ETHUSDT&last_id=50');
        assert.equal((await replay.control('trade?symbol=ETHUSDT&price=1')).id, 51);
    });

    test('REST faults: status with Retry-After, one step behind, slow', async () => {
        await replay.control('rest-status?status=429&retry_after=3&path=aggTrades');
        const refused = await fetch(`${replay.rest}/api/v3/aggTrades?symbol=BTCUSDT`);
        assert.equal(refused.status, 429);
        assert.equal(refused.headers.get('retry-after'), '3');
        assert.equal((await refused.json()).code, -1003);
        const [, last] = await inject(2);
        await replay.control('rest-lag?trades=1');
        const [row] = await (await fetch(`${replay.rest}/api/v3/trades?symbol=BTCUSDT&limit=1`)).json();
        assert.equal(row.id, last - 1);
        await replay.control('rest-delay?ms=300');
        const askedAt = Date.now();
        await fetch(`${replay.rest}/api/v3/ping`);
        assert.ok(Date.now() - askedAt >= 290);
        await replay.control('clear');
    });

    test('mistakes in control requests are named', async () => {
        assert.match((await replay.control('trade?symbol=NOSUCH&price=1')).error, /unknown symbol/);
        assert.match((await replay.control('trade?symbol=BTCUSDT&price=1e5')).error, /price/);
        assert.equal((await replay.control('nonsense')).ok, false);
        assert.equal((await fetch(`${replay.rest}/control/drop`)).status, 405);
    });

    test('hostile bytes end their own connection only', async () => {
        const { port } = new URL(replay.rest);
        const upgrade = 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
        const attacks = ['\0\xff\x16\x03\x01 nonsense\r\n\r\n', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
            'POST /control/trades HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n', 'GET /api/v3/klines?symbol=%00&interval=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
            upgrade + '\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff', upgrade + '\x81\x01x', upgrade + '\x88\x80\0\0\0\0', 'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'];
        for (const bytes of attacks)
            await new Promise((resolve) => {
                const socket = net.connect(Number(port), '127.0.0.1', () => socket.end(bytes, 'latin1'));
                socket.on('error', resolve).on('close', resolve).resume();
            });
        const body = '['.repeat(100_000);
        assert.equal((await fetch(`${replay.rest}/control/trades`, { method: 'POST', body })).status, 400);
        assert.equal((await replay.control('status')).state, 'held');
    });
});

test('pings come on time and an unanswered one ends the connection', { timeout: kTimeoutMs }, async () => {
    const replay = await startReplay('--hold', '--ping-interval', '400ms', '--pong-deadline', '1s');
    const polite = await StreamClient.open(`${replay.ws}/ws`);
    const silent = await StreamClient.open(`${replay.ws}/ws`, { autoPong: false });
    assert.equal((await silent.closed).code, 1008);
    await polite.until((c) => c.pings.length >= 3);
    assert.equal(polite.socket.readyState, 1);
    assert.deepEqual((await replay.control('violations')).kinds, { pong_deadline: 1 });
    assert.equal(await replay.stop(), 0);
});

test('a held tape arms clients, then plays whole, in order and in full', { timeout: kTimeoutMs }, async () => {
    const tape = writeTape('AAAUSDT', 60_000);
    const replay = await startReplay('--tape', tape, '--speed', 'max', '--hold');
    const ticker = await (await fetch(`${replay.rest}/api/v3/ticker/24hr?symbols=["AAAUSDT"]`)).json();
    assert.equal(ticker[0].lastId, 999);
    const client = await StreamClient.open(`${replay.ws}/stream?streams=aaausdt@trade`);
    await replay.control('start');
    await client.until((c) => c.texts.length >= 60_000);
    assert.deepEqual(client.ids, range(1_000, 60_999));
    assert.ok(client.trades.every((t) => t.T <= t.E));
    assert.equal(client.trades[1].T, 1_700_000_000_000);
    assert.equal((await replay.control('status')).state, 'finished');
    const [row] = await (await fetch(`${replay.rest}/api/v3/aggTrades?symbol=AAAUSDT&limit=1`)).json();
    assert.equal(row.l, 60_999);
    assert.equal(await replay.stop(), 0);
});

test('a restamped tape is as recent as its speed allows', { timeout: kTimeoutMs }, async () => {
    const replay = await startReplay('--tape', writeTape('BBBUSDT', 50), '--restamp', '--hold');
    const client = await StreamClient.open(`${replay.ws}/ws/bbbusdt@trade`);
    const start = Date.now();
    await replay.control('start');
    await client.until((c) => c.trades.length >= 50);
    const times = client.trades.map((t) => t.T);
    assert.ok(times[0] >= start && times[0] <= start + 1_000);
    assert.equal(times[49] - times[0], 480);
    assert.ok(Date.now() - start >= 480);
    assert.equal(await replay.stop(), 0);
});

test('a restarted synthetic market goes on with larger ids', { timeout: kTimeoutMs }, async () => {
    let newest = 0;
    for (let run = 0; run < 2; run++) {
        const replay = await startReplay('--symbols', 'BTCUSDT,NEWUSDT', '--hold');
        const { symbols } = await replay.control('status');
        assert.ok(symbols.BTCUSDT.last_id > newest);
        for (let i = 0; i < 20; i++) newest = (await replay.control('trade?symbol=BTCUSDT&price=1')).id;
        assert.equal(await replay.stop(), 0);
    }
});

test('the same port speaks TLS', { timeout: kTimeoutMs }, async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key,
        '-out', certificate, '-days', '2', '-subj', '/CN=localhost'], { stdio: 'ignore' });
    const replay = await startReplay('--tls-certificate', certificate, '--tls-key', key, '--batch', '8', '--rate', '50');
    const client = await StreamClient.open(`${replay.ws.replace('ws:', 'wss:')}/ws/btcusdt@trade`);
    await client.until((c) => c.trades.length >= 20);
    client.ids.forEach((id, i) => assert.equal(id, client.ids[0] + i));
    client.socket.close();
    await client.closed;
    assert.equal(await replay.stop(), 0);
});
