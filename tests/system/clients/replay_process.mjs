import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Loads a public client, or says how to install it. */
export async function load(name) {
    if (!existsSync(new URL('./node_modules', import.meta.url)))
        throw new Error('tests/system/clients has no node_modules: run scripts/setup --tests');
    return import(name);
}

/** Starts tickbell-replay on a free port; `stop` ends it and answers its exit code. */
export async function startReplay(...flags) {
    const program = process.env.TICKBELL_REPLAY;
    if (!program) throw new Error('TICKBELL_REPLAY names no program');
    const child = spawn(program, ['--listen', '127.0.0.1:0', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    let log = '';
    const port = await new Promise((resolve, reject) => {
        ended.then((code) => reject(new Error(`tickbell-replay ended with ${code}: ${log}`)));
        child.stderr.on('data', (chunk) => {
            log += chunk;
            const found = /listening host=\S+ port=(\d+)/.exec(log);
            if (found) resolve(Number(found[1]));
        });
    });
    const rest = `http://127.0.0.1:${port}`;
    return {
        rest,
        ws: `ws://127.0.0.1:${port}`,
        control: async (path) => (await fetch(`${rest}/control/${path}`, { method: 'POST' })).json(),
        stop: async () => {
            child.kill('SIGTERM');
            return ended;
        },
    };
}

/** Gathers trades by symbol until each has `count`; compares them with what REST says. */
export class TradeCheck {
    constructor(symbols, count) {
        this.count = count;
        this.trades = new Map(symbols.map((symbol) => [symbol, []]));
        this.done = new Promise((resolve) => (this.finish = resolve));
    }

    /** `price` and `qty` as numbers or decimal texts; `symbol` like BTCUSDT. */
    add({ symbol, id, price, qty, time }) {
        this.trades.get(symbol)?.push({ id: Number(id), price: Number(price), qty: Number(qty), time: Number(time) });
        if ([...this.trades.values()].every((list) => list.length >= this.count)) this.finish();
    }

    async verify(assert, rest) {
        for (const [symbol, list] of this.trades) {
            const answer = await fetch(`${rest}/api/v3/historicalTrades?symbol=${symbol}&fromId=${list[0].id}&limit=1000`);
            const rows = new Map((await answer.json()).map((row) => [row.id, row]));
            assert.ok(list.length >= this.count, `${symbol}: ${list.length} trades`);
            list.forEach((trade, i) => {
                if (i > 0) assert.equal(trade.id, list[i - 1].id + 1, `${symbol}: ids are consecutive`);
                const row = rows.get(trade.id);
                assert.ok(row, `${symbol}: REST has ${trade.id}`);
                assert.equal(trade.price, Number(row.price));
                assert.equal(trade.qty, Number(row.qty));
                assert.equal(trade.time, row.time);
            });
        }
    }
}

export const kTimeoutMs = 30_000;
export const kTradesEach = 20;
