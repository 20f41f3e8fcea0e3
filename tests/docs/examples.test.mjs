// What the documents show works: every `sh` block is run, every frame is sent, every file of options is checked.
//
// A fence's second word says where its commands can run: none = beside running programs; `stopped` = without them;
// `tree`, `package`, `docker`, `root` = not here (scripts/test, the package test, a container engine, a real machine):
// those are only parsed, and what they name must exist.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { kBin, kRoot, Programs } from './programs.mjs';

// The clients' tests have this package already.
const WebSocket = createRequire(join(kRoot, 'tests/system/clients/package.json'))('ws');

const run = promisify(execFile);
const kElsewhere = new Set(['tree', 'package', 'docker', 'root']);

function documents() {
    const docs = readdirSync(join(kRoot, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
    const examples = ['wscat.md', 'grafana/README.md', 'clients/README.md'].map((name) => `examples/${name}`);
    return ['README.md', 'CONTRIBUTING.md', ...docs, ...examples].filter((name) => existsSync(join(kRoot, name)));
}

/** Fenced blocks: { file, line, kind, where, text }. */
function blocks(file) {
    const found = [];
    let open = null;
    readFileSync(join(kRoot, file), 'utf8').split('\n').forEach((line, index) => {
        if (!line.startsWith('```')) {
            open?.lines.push(line);
        } else if (open) {
            found.push({ ...open, text: open.lines.join('\n') });
            open = null;
        } else {
            const [kind = '', where = ''] = line.slice(3).trim().split(/\s+/);
            open = { file, line: index + 1, kind, where, lines: [] };
        }
    });
    return found;
}

const all = documents().flatMap(blocks);
const named = ({ file, line }) => `${file}:${line}`;

let programs;
before(async () => {
    programs = await Programs.start();
});
after(() => programs.stop());

/** The documents' addresses become those of this run. */
function here(text) {
    return text.replaceAll('127.0.0.1:8080', `127.0.0.1:${programs.port}`).replaceAll('127.0.0.1:9100', `127.0.0.1:${programs.metricsPort}`);
}

async function shell(block) {
    const env = {
        ...process.env,
        PATH: `${kBin}:${process.env.PATH}`,
        TICKBELL_DATABASE: programs.database,
        TICKBELL_EXCHANGE_REST: `http://${programs.exchange}`,
    };
    try {
        return (await run('bash', ['-euo', 'pipefail', '-c', here(block.text)], { env, cwd: programs.folder, timeout: 120_000 })).stdout;
    } catch (error) {
        throw new Error(`${named(block)}: ${error.message}\n${error.stdout}\n${error.stderr}`);
    }
}

for (const block of all.filter(({ kind, where }) => kind === 'sh' && where === ''))
    test(`${named(block)} runs`, () => shell(block));

for (const block of all.filter(({ kind, where }) => kind === 'sh' && kElsewhere.has(where)))
    test(`${named(block)} parses, and what it names exists`, async () => {
        await run('bash', ['-n', '-c', block.text]);
        for (const [path] of block.text.matchAll(/\b(?:scripts|tests|examples|docs)\/[\w/.-]*\w/g)) assert.ok(existsSync(join(kRoot, path)), path);
    });

test('no block is of a kind that nothing checks', () => {
    const known = new Set(['', 'sh', 'json', 'toml', 'nginx', 'caddy', 'yaml', 'cpp', 'js']);
    for (const block of all) {
        assert.ok(known.has(block.kind), `${named(block)}: ${block.kind}`);
        if (block.kind === 'sh') assert.ok(['', 'stopped', ...kElsewhere].includes(block.where), `${named(block)}: ${block.where}`);
    }
});

for (const block of all.filter(({ kind }) => kind === 'toml'))
    test(`${named(block)} is a file of options`, async () => {
        const file = join(programs.folder, 'example.toml');
        writeFileSync(file, block.text);
        for (const program of ['tickbell-notifier', 'tickbell-ingestion']) await run(join(kBin, program), ['--check-config', '--config', file]);
    });

test('links between documents lead somewhere', () => {
    const slug = (heading) => heading.toLowerCase().replace(/[`*]/g, '').replace(/[^\w\- ]/g, '').replaceAll(' ', '-');
    for (const file of documents()) {
        const text = readFileSync(join(kRoot, file), 'utf8').replace(/```[\s\S]*?```/g, '');
        for (const [, target] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
            const [path, anchor] = target.split('#');
            const to = path === '' ? join(kRoot, file) : resolve(dirname(join(kRoot, file)), path);
            assert.ok(existsSync(to), `${file}: ${target}`);
            if (!anchor || !to.endsWith('.md')) continue;
            const headings = [...readFileSync(to, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading));
            assert.ok(headings.includes(anchor), `${file}: ${target}`);
        }
    }
});

/** One client; frames in order, replies and pushes apart. */
class Client {
    static async connect(url) {
        const client = new Client();
        client.frames = [];
        client.wake = () => {};
        client.socket = new WebSocket(url);
        client.socket.onmessage = ({ data }) => {
            client.frames.push(JSON.parse(data));
            client.wake();
        };
        await new Promise((done, failed) => {
            client.socket.onopen = done;
            client.socket.onerror = failed;
        });
        return client;
    }

    /** The first frame that fits, taken out of the row. */
    async take(fits) {
        for (;;) {
            const at = this.frames.findIndex(fits);
            if (at >= 0) return this.frames.splice(at, 1)[0];
            await new Promise((wake) => (this.wake = wake));
        }
    }

    async ask(frame) {
        this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
        return this.take((answer) => !('type' in answer));
    }
}

/** Every member that the document shows is there, with a value of that kind. */
function sameShape(shown, real, at) {
    if (shown === null || real === null) return;
    if (Array.isArray(shown)) return assert.ok(Array.isArray(real), at);
    assert.equal(typeof real, typeof shown, at);
    if (typeof shown !== 'object') return;
    for (const [name, value] of Object.entries(shown)) {
        assert.ok(name in real, `${at}: no member ${name} in ${JSON.stringify(real)}`);
        sameShape(value, real[name], `${at}.${name}`);
    }
}

const frames = all.filter(({ kind, where }) => kind === 'json' && where !== 'file').flatMap((block) => block.text.split('\n').filter(Boolean).map((line) => ({ block, line })));
const isRequest = (frame) => !('type' in frame) && !('result' in frame) && !('error' in frame) && !('code' in frame);

test('frames: what clients send is understood, what is answered looks as shown', { timeout: 300_000 }, async () => {
    const client = await Client.connect(`ws://127.0.0.1:${programs.port}/ws`);
    const welcome = await client.take(({ type }) => type === 'welcome');
    const session = welcome.session;
    // What requests refer to: an alert of this account, its session, its epoch.
    const made = await client.ask({ method: 'subscribe', symbol: 'ETHUSDT', when: { kind: 'above', price: '900000' }, mode: 'every' });
    const alert = made.result.alert.id;
    await client.take(({ type, state }) => type === 'alert_state' && state === 'armed');
    await programs.trade('ETHUSDT', '900001');
    const notification = await client.take(({ type }) => type === 'notification');
    const real = { welcome, notification };
    let asked = null;
    for (const { block, line } of frames) {
        const at = `${named(block)}: ${line}`;
        const shown = JSON.parse(line);
        if (shown.type) {
            real[shown.type] ??= await Promise.race([client.take(({ type }) => type === shown.type), new Promise((done) => setTimeout(done, 20_000))]);
            // These come only when something goes wrong, or ends.
            if (real[shown.type]) sameShape(shown, real[shown.type], at);
            else assert.ok(['gap', 'feed', 'goodbye', 'webhook_state'].includes(shown.type), at);
        } else if (isRequest(shown)) {
            const filled = line.replaceAll('al_…', alert).replaceAll('ses_…', session).replaceAll('"epoch":"…"', `"epoch":"${welcome.epoch}"`);
            const fresh = shown.method === 'auth' ? await Client.connect(`ws://127.0.0.1:${programs.port}/ws`) : client;
            asked = await fresh.ask(filled);
            if (block.where === 'refused') assert.ok(asked.error, `${at} → ${JSON.stringify(asked)}`);
            else if (shown.token === undefined) assert.ok(asked.result, `${at} → ${JSON.stringify(asked)}`);
        } else {
            assert.ok(asked, `${at}: an answer without a request before it`);
            sameShape(shown, asked, at);
        }
    }
    client.socket.close();
});

test('wscat.md and README.md show commands that exist', async () => {
    const client = await Client.connect(`ws://127.0.0.1:${programs.port}/ws`);
    const typed = all.filter(({ kind }) => kind === '').flatMap(({ text }) => [...text.matchAll(/^> (\{.*\})$/gm)].map(([, line]) => line));
    const rows = readFileSync(join(kRoot, 'examples/wscat.md'), 'utf8').matchAll(/`(\{"method".*?\})`/g);
    for (const line of [...typed, ...[...rows].map(([, line]) => line)]) {
        const answer = await client.ask(line);
        assert.ok(![1001, 1002, 1003, 1101, 1102, 1103, 1105].includes(answer.error?.code), `${line} → ${JSON.stringify(answer)}`);
    }
    client.socket.close();
});

for (const block of all.filter(({ kind, where }) => kind === 'sh' && where === 'stopped'))
    test(`${named(block)} runs without the programs`, async () => {
        assert.deepEqual(await programs.stopForNow(), [0, 0]);
        await shell(block);
    });
