// Mails through a server that is not ours (Debian's python3-aiosmtpd), read by Python's own mail parser.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stack } from '../../browser/stack.mjs';

const kMinuteMs = 60_000;
const python = '/usr/bin/python3';

function hasServer() {
    try {
        execFileSync(python, ['-c', 'import aiosmtpd'], { stdio: 'ignore' });
        return true;
    } catch {
        return false;
    }
}

class MailServer {
    lines = [];
    waiting = () => {};

    static async start() {
        const server = new MailServer();
        server.child = spawn(python, [fileURLToPath(new URL('smtp_server.py', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
        createInterface({ input: server.child.stdout }).on('line', (line) => {
            server.lines.push({ ...JSON.parse(line), at: Date.now() });
            server.waiting();
        });
        server.url = `smtp://127.0.0.1:${(await server.line(0)).port}`;
        return server;
    }

    line(number) {
        return new Promise((resolve) => {
            this.waiting = () => number < this.lines.length && resolve(this.lines[number]);
            this.waiting();
        });
    }

    mail(number) {
        return this.line(number);
    }
}

const header = (mail, name) => mail.headers.filter(([given]) => given === name).map(([, value]) => value).join('\n');

test('mails arrive, verified, gathered for a minute, with a link that ends them', { skip: hasServer() ? false : 'python3-aiosmtpd is not installed', timeout: 170_000 }, async () => {
    const server = await MailServer.start();
    const stack = await Stack.start({ notifier: ['--smtp-url', server.url, '--smtp-from', 'bell@example.org', '--public-url', 'https://bell.example.org/tickbell'] });
    try {
        const key = await stack.addKey('tester');
        const rest = async (method, path, body) => {
            const answer = await fetch(`${stack.url}api/v1${path}`, { method, headers: { Authorization: `Bearer ${key}` }, body: body && JSON.stringify(body) });
            return answer.json();
        };
        const made = await rest('POST', '/emails', { address: 'me@example.com' });
        assert.equal(made.state, 'unverified');
        const first = await server.mail(1);
        assert.deepEqual([first.from, first.to, first.defects], ['bell@example.org', ['me@example.com'], []]);
        assert.equal(header(first, 'To'), 'me@example.com');
        const [, code] = /confirms it: (\S+)/.exec(first.text);
        assert.equal((await rest('POST', `/emails/${made.id}/verify`, { code })).state, 'verified');

        const condition = { symbol: 'BTCUSDT', threshold: '900000' };
        const forged = await rest('POST', '/alerts', { ...condition, note: 'x\r\nBcc: you@example.com\r\n\r\n.\r\nRCPT TO:<you@example.com>' });
        assert.deepEqual([forged.code, forged.field], [1102, 'note']);
        const alert = await rest('POST', '/alerts', { ...condition, note: 'Größe 币 <b>' });
        while ((await rest('GET', `/alerts/${alert.id}`)).state !== 'armed');
        for (let i = 0; i < 3; ++i) {
            await stack.trade('BTCUSDT', `90000${i + 1}`);
            await stack.trade('BTCUSDT', '1000');
        }
        const second = await server.mail(2);
        assert.ok(second.at - first.at > kMinuteMs - 2_000, 'one mail a minute for an address, the code counts too');
        assert.equal(header(second, 'Subject'), 'tickbell: 3 notifications');
        for (const price of ['900001', '900002', '900003'])
            assert.equal(second.text.split(`BTCUSDT went above 900000: ${price}\n`).length, 2, second.text);
        assert.equal(second.text.split('\nGröße 币 <b>\n').length, 4, second.text);
        assert.deepEqual([second.to, header(second, 'Bcc'), second.defects], [['me@example.com'], '', []]);

        const [, path] = /^<https:\/\/bell\.example\.org\/tickbell\/(unsubscribe\/\S+)>$/.exec(header(second, 'List-Unsubscribe'));
        assert.equal(header(second, 'List-Unsubscribe-Post'), 'List-Unsubscribe=One-Click');
        assert.equal((await fetch(stack.url + path)).status, 200);
        assert.equal((await rest('GET', '/emails')).items.length, 1, 'a scanner that opens links ends nothing');
        assert.equal((await fetch(stack.url + path, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) })).status, 200);
        assert.equal((await rest('GET', '/emails')).items.length, 0);
        assert.equal(server.lines.length, 3, 'nothing else was mailed');
    } finally {
        await stack.stop();
        server.child.kill();
    }
});
