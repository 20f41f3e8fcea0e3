// No secret is logged, however much is logged; and what repeats does not fill the disk.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { kBin, kRoot, Programs } from './programs.mjs';

const WebSocket = createRequire(join(kRoot, 'tests/system/clients/package.json'))('ws');

let programs;
before(async () => {
    programs = await Programs.start({ notifier: ['--log-level', 'trace', '--log-format', 'json', '--webhook-allow', '127.0.0.0/8'], ingestion: ['--log-level', 'trace'] });
});
after(() => programs.stop());

/** Sends the frames one by one; the last reply. */
async function talk(frames, headers = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${programs.port}/ws`, { headers });
    const replies = [];
    let wake = () => {};
    let welcome;
    socket.on('message', (data) => {
        const frame = JSON.parse(data);
        if (frame.type === 'welcome') welcome = frame;
        else if (!frame.type) replies.push(frame);
        wake();
    });
    const until = async (done) => {
        while (!done()) await new Promise((resolve) => (wake = resolve));
    };
    await until(() => welcome);
    for (const [index, frame] of frames.entries()) {
        socket.send(JSON.stringify(frame));
        await until(() => replies.length > index);
    }
    socket.close();
    return { welcome, reply: replies.at(-1) };
}

test('keys, sessions, webhook secrets and addresses stay out of the logs', async () => {
    const { stdout } = await promisify(execFile)(join(kBin, 'tickbell-notifier'), ['--database', programs.database, 'key', 'add', 'phone']);
    const key = stdout.trim();
    const { welcome } = await talk([{ symbol: 'BTCUSDT', threshold: '900000', note: 'my-private-note' }]);
    await talk([{ method: 'auth', session: welcome.session }]);
    await talk([{ method: 'auth', token: key }]);
    await talk([{ method: 'auth', token: 'a-wrong-but-real-password' }]);
    await talk([{ method: 'ping' }], { Authorization: `Bearer ${key}` });
    const authorization = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const hook = await fetch(`${programs.url}/api/v1/webhooks`, { method: 'POST', headers: authorization, body: JSON.stringify({ url: 'http://127.0.0.1:9/hook/token-of-the-receiver' }) });
    assert.equal(hook.status, 201);
    const { id, secret } = await hook.json();
    await fetch(`${programs.url}/api/v1/webhooks/${id}/test`, { method: 'POST', headers: authorization });
    await fetch(`${programs.url}/api/v1/alerts?token=key-in-a-url`, { headers: authorization });
    const logs = programs.notifier.log + programs.ingestion.log;
    assert.ok(logs.includes('"event"'), 'something is logged');
    for (const hidden of [key, welcome.session, secret, 'a-wrong-but-real-password', 'token-of-the-receiver', 'my-private-note', 'key-in-a-url'])
        assert.ok(!logs.includes(hidden), `the log has ${hidden}: ${logs.split('\n').find((line) => line.includes(hidden))}`);
});

test('a thousand mistakes of a client are few lines at the usual level', async () => {
    const usual = await Programs.start();
    try {
        const socket = new WebSocket(`ws://127.0.0.1:${usual.port}/ws`);
        const ended = new Promise((resolve) => socket.once('close', resolve));
        socket.on('error', () => {});
        socket.once('open', () => {
            for (let i = 0; i < 1_000; ++i) socket.send('{"method":"nonsense"}');
        });
        await ended;
        const lines = usual.notifier.log.split('\n').length;
        assert.ok(lines < 20, `${lines} lines`);
    } finally {
        await usual.stop();
    }
});
