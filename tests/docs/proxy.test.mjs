// The nginx configuration of docs/operations.md, in a real nginx on loopback: WebSocket through it, and limits that see
// the client's own address.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { kRoot, Programs } from './programs.mjs';

const WebSocket = createRequire(join(kRoot, 'tests/system/clients/package.json'))('ws');
const kNginx = '/usr/sbin/nginx';
const skip = existsSync(kNginx) ? false : 'nginx is not installed: scripts/setup --tests';
const kClient = '203.0.113.9';

let programs;
let nginx;
let port;

const freePort = () =>
    new Promise((resolve) => {
        const server = createServer().listen(0, '127.0.0.1', () => {
            const { port: free } = server.address();
            server.close(() => resolve(free));
        });
    });

before(async () => {
    if (skip) return;
    programs = await Programs.start({ notifier: ['--trusted-proxies', '127.0.0.1/32', '--connections-per-address', '2'] });
    port = await freePort();
    const shown = /```nginx\n([\s\S]*?)```/.exec(readFileSync(join(kRoot, 'docs/operations.md'), 'utf8'))[1];
    // No certificate and no name here; all else is as shown.
    const server = shown
        .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
        .replace(/^ *(ssl_certificate|ssl_certificate_key|server_name) .*\n/gm, '')
        .replace('127.0.0.1:8080', `127.0.0.1:${programs.port}`);
    const folder = join(programs.folder, 'nginx');
    mkdirSync(folder);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
    writeFileSync(join(folder, 'nginx.conf'), `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${server}\n}\n`);
    execFileSync(kNginx, ['-t', '-q', '-p', folder, '-c', join(folder, 'nginx.conf')]);
    nginx = spawn(kNginx, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    const end = Date.now() + 60_000;
    for (;;) {
        const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
        if (answer?.ok) break;
        assert.ok(Date.now() < end, 'nginx does not answer');
    }
});
after(async () => {
    if (skip) return;
    const ended = new Promise((resolve) => nginx.once('exit', resolve));
    nginx.kill('SIGTERM');
    await ended;
    await programs.stop();
});

/** The first frame, or the status that was answered instead of an upgrade. */
function connect(headers = {}) {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers });
        socket.once('message', (data) => resolve({ socket, welcome: JSON.parse(data) }));
        socket.once('unexpected-response', (_, response) => resolve({ status: response.statusCode }));
        socket.once('error', reject);
    });
}

test('a WebSocket through nginx: subscribe, armed, notified', { skip }, async () => {
    const { socket, welcome } = await connect({ Origin: `http://127.0.0.1:${port}` });
    assert.equal(welcome.type, 'welcome');
    const heard = new Promise((resolve) => {
        socket.on('message', (data) => {
            const frame = JSON.parse(data);
            if (frame.state === 'armed') programs.trade('BTCUSDT', '900001');
            if (frame.type === 'notification') resolve(frame);
        });
    });
    socket.send('{"symbol":"BTCUSDT","threshold":"900000"}');
    assert.equal((await heard).trade.price, '900001.00000000');
    socket.close();
});

test('another page is refused: nginx hands the Host on', { skip }, async () => {
    assert.equal((await connect({ Origin: 'http://evil.example' })).status, 403);
});

test('limits count the client that nginx names, not nginx', { skip }, async () => {
    const first = await connect({ 'X-Forwarded-For': kClient });
    const second = await connect({ 'X-Forwarded-For': kClient });
    assert.ok(first.welcome && second.welcome);
    assert.equal((await connect({ 'X-Forwarded-For': kClient })).status, 429);
    const other = await connect({ 'X-Forwarded-For': '203.0.113.10' });
    assert.ok(other.welcome, 'others are not affected');
    for (const { socket } of [first, second, other]) socket.close();
});
