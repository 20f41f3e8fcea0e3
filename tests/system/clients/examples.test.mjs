// The example clients against the real programs: killed in turn with the notifier, each crossing is printed once.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stack } from '../../browser/stack.mjs';

const folder = fileURLToPath(new URL('../../../examples/clients/', import.meta.url));

function hasWebsockets() {
    try {
        execFileSync('/usr/bin/python3', ['-c', 'import websockets'], { stdio: 'ignore' });
        return true;
    } catch {
        return false;
    }
}

const examples = [
    { name: 'client.mjs', command: [process.execPath], missing: existsSync(join(folder, 'node_modules')) ? false : 'run scripts/setup --tests' },
    { name: 'client.py', command: ['/usr/bin/python3'], missing: hasWebsockets() ? false : 'python3-websockets is not installed' },
];

/** The client as a process; `lines` holds what it printed, also in earlier lives. */
class Client {
    constructor(command, name, url, state) {
        Object.assign(this, { command, name, url, state, lines: [], waiting: () => {} });
        this.start();
    }

    start() {
        const [program, ...before] = this.command;
        this.child = spawn(program, [...before, join(folder, this.name), this.url, 'BTCUSDT', 'above', '900000'], {
            env: { ...process.env, STATE: this.state },
            stdio: ['ignore', 'pipe', 'ignore'],
        });
        this.ended = new Promise((resolve) => this.child.once('close', resolve));
        let rest = '';
        this.child.stdout.on('data', (chunk) => {
            const parts = (rest + chunk).split('\n');
            rest = parts.pop();
            this.lines.push(...parts);
            this.waiting();
        });
    }

    printed(count) {
        return new Promise((resolve) => {
            this.waiting = () => this.lines.length >= count && resolve();
            this.waiting();
        });
    }

    async kill() {
        this.child.kill('SIGKILL');
        await this.ended;
    }
}

for (const { name, command, missing } of examples) {
    test(`${name} prints each crossing exactly once`, { skip: missing }, async () => {
        const stack = await Stack.start();
        const state = mkdtempSync(join(tmpdir(), 'tickbell-client-'));
        const client = new Client(command, name, `ws://127.0.0.1:${stack.port}/ws`, join(state, 'state.json'));
        try {
            // The prices of the synthetic market are far below: each injected pair is one crossing.
            const cross = async () => {
                await stack.trade('BTCUSDT', '900001');
                await stack.trade('BTCUSDT', '1000');
            };
            const until = async (count) => {
                let done = false;
                const printed = client.printed(count).then(() => (done = true));
                while (!done) {
                    await cross();
                    await Promise.race([printed, new Promise((resolve) => setTimeout(resolve, 100))]);
                }
            };
            await until(2);
            await stack.notifier.stop('SIGKILL');
            await cross();
            await stack.startNotifier();
            await until(client.lines.length + 2);
            await client.kill();
            const told = client.lines.length;
            // What was dealt with last may not have been remembered yet when the kill came; no more than that.
            const remembered = JSON.parse(readFileSync(client.state, 'utf8')).seq;
            assert.ok(remembered === told || remembered === told - 1, `${told} told, ${remembered} remembered`);
            for (let i = 0; i < 3; ++i) await cross();
            client.start();
            await until(client.lines.length + 4);
            const expected = (_, i) => (i < told ? i + 1 : remembered + 1 + i - told);
            assert.deepEqual(client.lines.map((line) => Number(line.split(' ')[0])), client.lines.map(expected), client.lines.join('\n'));
        } finally {
            await client.kill();
            await stack.stop();
            rmSync(state, { recursive: true });
        }
    });
}
