import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A real program; `line(pattern)` waits for what it logs, `stop` and `kill` answer its exit code or signal. */
class Program {
    constructor(variable, args) {
        const path = process.env[variable];
        if (!path) throw new Error(`${variable} names no program`);
        this.log = '';
        this.waiting = new Set();
        this.child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] });
        this.child.stderr.on('data', (chunk) => {
            this.log += chunk;
            for (const check of this.waiting) check();
        });
        this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(code ?? signal)));
    }

    line(pattern) {
        return new Promise((resolve, reject) => {
            const check = () => {
                const found = pattern.exec(this.log);
                if (!found) return;
                this.waiting.delete(check);
                resolve(found);
            };
            this.waiting.add(check);
            this.ended.then((code) => reject(new Error(`${this.child.spawnfile} ended with ${code}: ${this.log}`)));
            check();
        });
    }

    stop(signal = 'SIGTERM') {
        this.child.kill(signal);
        return this.ended;
    }
}

const kReadyMs = 10_000;
const kListening = /listening\s+host=\S+\s+port=(\d+)/;

/** Stand-in exchange, ingestion and notifier with the dashboard, on a database of their own. */
export class Stack {
    static async start({ notifier = [], ingestion = [], replay = ['--synthetic', '7', '--symbols', 'BTCUSDT,ETHUSDT,DOGEUSDT', '--rate', '20'] } = {}) {
        const stack = new Stack();
        stack.folder = mkdtempSync(join(tmpdir(), 'tickbell-browser-'));
        stack.notifierArgs = notifier;
        stack.replay = new Program('TICKBELL_REPLAY', ['--listen', '127.0.0.1:0', ...replay]);
        stack.exchange = `127.0.0.1:${(await stack.replay.line(kListening))[1]}`;
        await stack.startNotifier();
        stack.ingestion = new Program('TICKBELL_INGESTION', ['--database', stack.database, '--exchange-ws', `ws://${stack.exchange}`, '--exchange-rest', `http://${stack.exchange}`, ...ingestion]);
        await stack.ready();
        return stack;
    }

    /** Until the notifier has the symbol list. */
    async ready() {
        const end = Date.now() + kReadyMs;
        while ((await fetch(`${this.url}readyz`)).status !== 200) if (Date.now() > end) throw new Error(`not ready: ${this.ingestion.log}`);
    }

    get database() {
        return `sqlite:${join(this.folder, 'tickbell.db')}`;
    }

    get url() {
        return `http://127.0.0.1:${this.port}/`;
    }

    /** Again on the port that it had. */
    async startNotifier() {
        this.notifier = new Program('TICKBELL_NOTIFIER', ['--database', this.database, '--listen', `127.0.0.1:${this.port ?? 0}`, '--dashboard', process.env.TICKBELL_DASHBOARD, ...this.notifierArgs]);
        this.port = (await this.notifier.line(kListening))[1];
    }

    /** A new API key, from the notifier's own command. */
    async addKey(name) {
        const { stdout } = await promisify(execFile)(process.env.TICKBELL_NOTIFIER, ['--database', this.database, 'key', 'add', name]);
        return stdout.trim();
    }

    /** The stand-in exchange's control: one trade at this price. */
    async trade(symbol, price) {
        return this.control(`trade?symbol=${symbol}&price=${price}`);
    }

    async control(what) {
        const answer = await fetch(`http://${this.exchange}/control/${what}`, { method: 'POST' });
        return answer.json();
    }

    async price(symbol) {
        const status = await this.control('status');
        return Number(status.symbols[symbol].price);
    }

    async stop() {
        await Promise.all([this.notifier, this.ingestion, this.replay].filter(Boolean).map((program) => program.stop()));
        rmSync(this.folder, { recursive: true, force: true });
    }
}
