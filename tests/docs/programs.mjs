// All three programs on ports and a folder of their own, as the documents' examples expect them.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const kRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
export const kBin = process.env.TICKBELL_BIN ?? join(kRoot, 'build/release/bin');

const kListening = /listening.*port(?:=|":)(\d+)/;  // text or JSON
const kDeadlineMs = 60_000;

/** Started, and its port; `log` grows. */
async function start(name, args, env = {}) {
    const child = spawn(join(kBin, name), args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    const program = { child, log: '', ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal))) };
    program.port = await new Promise((resolve, reject) => {
        child.stderr.on('data', (chunk) => {
            program.log += chunk;
            const found = kListening.exec(program.log);
            if (found) resolve(Number(found[1]));
        });
        program.ended.then((code) => reject(new Error(`${name} ended with ${code}: ${program.log}`)));
    });
    return program;
}

export class Programs {
    static async start({ notifier = [], ingestion = [], replay = ['--synthetic', '7', '--rate', '20'] } = {}) {
        const all = new Programs();
        all.folder = mkdtempSync(join(tmpdir(), 'tickbell-docs-'));
        all.database = `sqlite:${join(all.folder, 'tickbell.db')}`;
        all.replay = await start('tickbell-replay', ['--listen', '127.0.0.1:0', ...replay]);
        all.exchange = `127.0.0.1:${all.replay.port}`;
        all.notifier = await start('tickbell-notifier', ['--database', all.database, '--listen', '127.0.0.1:0', '--smtp-url', 'smtp://127.0.0.1:9', ...notifier]);
        all.ingestion = await start('tickbell-ingestion', ['--database', all.database, '--exchange-ws', `ws://${all.exchange}`, '--exchange-rest', `http://${all.exchange}`, '--metrics-listen', '127.0.0.1:0', ...ingestion]);
        all.port = all.notifier.port;
        all.metricsPort = all.ingestion.port;
        all.url = `http://127.0.0.1:${all.port}`;
        const end = Date.now() + kDeadlineMs;
        while ((await fetch(`${all.url}/readyz`)).status !== 200) if (Date.now() > end) throw new Error(`not ready: ${all.ingestion.log}`);
        return all;
    }

    /** One trade at the stand-in exchange. */
    async trade(symbol, price) {
        await fetch(`http://${this.exchange}/control/trade?symbol=${symbol}&price=${price}`, { method: 'POST' });
    }

    /** Notifier and ingestion end; their database stays. */
    async stopForNow() {
        const running = [this.notifier, this.ingestion].filter(Boolean);
        this.notifier = this.ingestion = null;
        for (const { child } of running) child.kill('SIGTERM');
        return Promise.all(running.map(({ ended }) => ended));
    }

    async stop() {
        const running = [this.notifier, this.ingestion, this.replay].filter(Boolean);
        for (const { child } of running) child.kill('SIGTERM');
        const codes = await Promise.all(running.map(({ ended }) => ended));
        rmSync(this.folder, { recursive: true, force: true });
        return codes;
    }
}
