// The proxies of docs/operations.md, as shown there, for real and on loopback: WebSocket through them, and limits that
// see the client's own address.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, before, after, test } from 'node:test';
import { kRoot, Programs } from './programs.mjs';

const WebSocket = createRequire(join(kRoot, 'tests/system/clients/package.json'))('ws');
const kClient = '203.0.113.9';

const freePort = () =>
    new Promise((resolve) => {
        const server = createServer().listen(0, '127.0.0.1', () => {
            const { port: free } = server.address();
            server.close(() => resolve(free));
        });
    });

/** A block of the document, directed at the notifier of the test. */
const shown = (kind, notifierPort) =>
    new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(readFileSync(join(kRoot, 'docs/operations.md'), 'utf8'))[1].replace('127.0.0.1:8080', `127.0.0.1:${notifierPort}`);

/** Each: where it is, and its command line once its configuration is written into the folder. */
const kProxies = {
    nginx: {
        program: '/usr/sbin/nginx',
        command(folder, port, notifierPort) {
            // No certificate and no name here; all else is as shown.
            const server = shown('nginx', notifierPort)
                .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
                .replace(/^ *(ssl_certificate|ssl_certificate_key|server_name) .*\n/gm, '');
            const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
            writeFileSync(join(folder, 'nginx.conf'), `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${server}\n}\n`);
            return ['-p', folder, '-c', join(folder, 'nginx.conf')];
        },
    },
    caddy: {
        program: '/usr/bin/caddy',
        command(folder, port, notifierPort) {
            // Plain, and whoever connects here plays a proxy before this one; all else is as shown.
            const site = shown('caddy', notifierPort)
                .replace('alerts.example.org', `http://127.0.0.1:${port}`)
                .replace(/reverse_proxy (\S+)/, 'reverse_proxy $1 {\ntrusted_proxies 127.0.0.1/32\n}');
            writeFileSync(join(folder, 'Caddyfile'), `{\nadmin off\n}\n${site}`);
            return ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
        },
    },
};

/** The first frame, or the status that was answered instead of an upgrade. */
function connect(port, headers = {}) {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers });
        socket.once('message', (data) => resolve({ socket, welcome: JSON.parse(data) }));
        socket.once('unexpected-response', (_, response) => resolve({ status: response.statusCode }));
        socket.once('error', reject);
    });
}

for (const [name, { program, command }] of Object.entries(kProxies))
    describe(name, { skip: existsSync(program) ? false : `${program} is not installed` }, () => {
        let programs;
        let proxy;
        let port;
        let log = '';

        before(async () => {
            programs = await Programs.start({ notifier: ['--trusted-proxies', '127.0.0.1/32', '--connections-per-address', '2'] });
            port = await freePort();
            const folder = join(programs.folder, name);
            mkdirSync(folder);
            proxy = spawn(program, command(folder, port, programs.port), { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: folder } });
            proxy.stderr.on('data', (chunk) => (log += chunk));
            const end = Date.now() + 60_000;
            for (;;) {
                const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
                if (answer?.ok) break;
                assert.ok(Date.now() < end && proxy.exitCode === null, `${name} does not answer: ${log}`);
            }
        });
        after(async () => {
            const ended = new Promise((resolve) => proxy.once('exit', resolve));
            proxy.kill('SIGTERM');
            await ended;
            await programs.stop();
        });

        test('a WebSocket through it: subscribe, armed, notified', async () => {
            const { socket, welcome } = await connect(port, { Origin: `http://127.0.0.1:${port}` });
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

        test('another page is refused: it hands the Host on', async () => {
            assert.equal((await connect(port, { Origin: 'http://evil.example' })).status, 403);
        });

        test('limits count the client that it names, not the proxy', async () => {
            const first = await connect(port, { 'X-Forwarded-For': kClient });
            const second = await connect(port, { 'X-Forwarded-For': kClient });
            assert.ok(first.welcome && second.welcome);
            assert.equal((await connect(port, { 'X-Forwarded-For': kClient })).status, 429);
            const other = await connect(port, { 'X-Forwarded-For': '203.0.113.10' });
            assert.ok(other.welcome, 'others are not affected');
            for (const { socket } of [first, second, other]) socket.close();
        });
    });
