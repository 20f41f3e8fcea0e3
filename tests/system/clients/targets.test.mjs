// Endpoints that do harm, each on a socket of its own: what the delivery log says of them, and that others do not notice.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { Stack } from '../../browser/stack.mjs';

const kHead = 'HTTP/1.1 200 OK\r\n';

/** Answers each connection by `serve(socket)`, once its request has come. */
async function listen(serve) {
    const sockets = new Set();
    const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
        socket.once('data', () => serve(socket));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stop = () => {
        server.close();
        for (const socket of sockets) socket.destroy();
    };
    return { url: `http://127.0.0.1:${server.address().port}/`, stop };
}

const answers = (text) => (socket) => socket.end(text);
const empty = (status, headers = '') => answers(`HTTP/1.1 ${status} X\r\n${headers}Content-Length: 0\r\n\r\n`);

/** Writes as long as anybody reads. */
function pour(socket, head, piece) {
    socket.write(head);
    const more = () => {
        while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
}

function drip(socket, text) {
    let at = 0;
    const timer = setInterval(() => (at < text.length ? socket.write(text[at++]) : clearInterval(timer)), 1_000);
    socket.on('close', () => clearInterval(timer));
}

const bomb = gzipSync(Buffer.alloc(50_000_000));
const targets = {
    hangs: { serve: () => {}, status: null, error: /no answer in time/ },
    'drips its head': { serve: (socket) => drip(socket, `${kHead}X: ${'x'.repeat(100)}\r\n\r\n`), status: null, error: /no answer in time/ },
    'drips its body': { serve: (socket) => (socket.write(`${kHead}Content-Length: 100\r\n\r\n`), drip(socket, 'x'.repeat(100))), status: null, error: /no answer in time/ },
    'closes without a word': { serve: (socket) => socket.end(), status: null, error: /ended before the answer/ },
    resets: { serve: (socket) => socket.resetAndDestroy(), status: null, error: /ended before the answer/ },
    'has an endless head': { serve: (socket) => pour(socket, kHead, `X: ${'x'.repeat(1_000)}\r\n`), status: null, error: /head is too long/ },
    'has an endless body': { serve: (socket) => pour(socket, `${kHead}\r\n`, 'x'.repeat(65_536)), status: 200 },
    'has an endless chunked body': { serve: (socket) => pour(socket, `${kHead}Transfer-Encoding: chunked\r\n\r\n`, `1000\r\n${'x'.repeat(4_096)}\r\n`), status: 200 },
    'sends a gzip bomb': { serve: (socket) => (socket.write(`${kHead}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`), socket.end(bomb)), status: 200 },
    'speaks something else': { serve: answers('SSH-2.0-OpenSSH\r\n\r\n'), status: null, error: /not HTTP/ },
    'answers 500': { serve: empty(500), status: 500 },
    'answers 429': { serve: empty(429, 'Retry-After: 60\r\n'), status: 429, wait: 60_000 },
    'answers 301': { serve: empty(301, 'Location: http://127.0.0.1:1/\r\n'), status: 301 },
    'answers 304': { serve: answers('HTTP/1.1 304 X\r\n\r\n'), status: 304 },
    'answers 410': { serve: empty(410), status: 410, state: 'failed' },
};

test('no target does more harm than a failed try', { timeout: 170_000 }, async (t) => {
    const stack = await Stack.start({ notifier: ['--webhook-allow', '127.0.0.0/8', '--limit-commands', '1000'] });
    const key = await stack.addKey('tester');
    const rest = async (method, path, body) => {
        const answer = await fetch(`${stack.url}api/v1${path}`, { method, headers: { Authorization: `Bearer ${key}` }, body: body && JSON.stringify(body) });
        return answer.json();
    };
    const servers = [];
    try {
        const made = new Map();
        for (const [name, { serve }] of Object.entries(targets)) {
            const server = await listen(serve);
            servers.push(server);
            made.set(name, await rest('POST', '/webhooks', { url: server.url }));
        }
        const gone = await listen(() => {});
        made.set('refuses', await rest('POST', '/webhooks', { url: gone.url }));
        gone.stop();
        const good = await listen(empty(204));
        servers.push(good);
        made.set('is good', await rest('POST', '/webhooks', { url: good.url }));

        const alert = await rest('POST', '/alerts', { symbol: 'BTCUSDT', threshold: '900000' });
        while ((await rest('GET', `/alerts/${alert.id}`)).state !== 'armed');
        await stack.trade('BTCUSDT', '900001');
        const expected = { ...targets, refuses: { status: null, error: /no connection/ }, 'is good': { status: 204 } };
        for (const name of ['is good', ...Object.keys(expected)])
            await t.test(name, async () => {
                const { status, error, state, wait } = expected[name];
                const path = `/webhooks/${made.get(name).id}/deliveries`;
                let row;
                while (!((row = (await rest('GET', path)).items[0])?.attempt > 0)) await new Promise((resolve) => setTimeout(resolve, 20));
                const succeeded = status >= 200 && status < 300;
                assert.deepEqual([row.status, row.state], [status, state ?? (succeeded ? 'delivered' : 'pending')]);
                if (error) assert.match(row.error, error);
                if (wait) assert.ok(row.next_try >= row.created + wait, 'Retry-After is honoured');
            });
        assert.equal((await rest('GET', `/webhooks/${made.get('answers 410').id}`)).state, 'disabled');
        assert.equal((await rest('GET', `/webhooks/${made.get('answers 500').id}`)).state, 'enabled');
    } finally {
        for (const server of servers) server.stop();
        await stack.stop();
    }
});
