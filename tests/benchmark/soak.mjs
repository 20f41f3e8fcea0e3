// How the programs fare for long: `node tests/benchmark/soak.mjs [MINUTES]`, 30 unless told. A market of 20 symbols, the
// exchange's faults one after the other, clients that come, go, break off and stop reading, accounts that are left
// behind, and the retention jobs with short terms. Prints memory, descriptors and the size of the log by the minute.
// Ends with 1 when one of them grows, an account's `seq` has a hole or comes twice, or a program has ended. No part of
// ctest: it takes its time.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Programs, kRoot } from '../docs/programs.mjs';

const WebSocket = createRequire(join(kRoot, 'tests/system/clients/package.json'))('ws');

const kMinutes = Number(process.argv[2] ?? 30);
const kSymbols = Array.from({ length: 20 }, (_, i) => `S${String(i).padStart(2, '0')}USDT`);
const kClients = 60;
const kFaults = [
    'drop', 'reset', 'drop?refuse_ms=3000', 'stall?ms=4000', 'skip?count=20', 'duplicate?count=20', 'reorder?count=10',
    'lag?ms=2000', 'lag?ms=0', 'shutdown-notice?in_ms=1000', 'rest-status?status=500&count=3', 'rest-status?status=429&retry_after=1',
    'rest-delay?ms=500', 'rest-lag?trades=3', 'rest-lag?trades=0', 'garbage', 'clear',
];
const kFaultEveryMs = 7_000;
const kSampleMs = 5_000;
// What the later half may have more than the earlier one: an allocator never gives everything back.
const kGrowth = { memory: 1.1, memoryMiB: 8, descriptors: 12, logMiB: 8 };

let seed = 1;
const random = () => ((seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648);
const pick = (list) => list[Math.floor(random() * list.length)];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const counts = { connections: 0, alerts: 0, notifications: 0, replayed: 0, gaps: 0, left: 0, slow: 0 };
const wrong = [];
let over = false;

/** One account that comes back again and again, and now and then is left behind for a new one. */
async function client(url, prices) {
    let me = { session: null, epoch: null, seq: 0 };
    while (!over) {
        if (random() < 0.1) {
            me = { session: null, epoch: null, seq: 0 };
            counts.left += 1;
        }
        const socket = new WebSocket(url);
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.on('error', () => {});
        const send = (method, params) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify({ method, params }));
        const begin = () => {
            send('resume', { epoch: me.epoch, after: me.seq });
            for (let i = 0; i < 3; i += 1) {
                const symbol = pick(kSymbols);
                const level = prices.get(symbol);
                if (level) send('subscribe', { symbol, when: { kind: 'cross', price: level }, mode: 'every', expires: Date.now() + 60_000 });
                counts.alerts += 1;
            }
            send('watch', { symbols: [pick(kSymbols)] });
        };
        socket.on('message', (data) => {
            const frame = JSON.parse(data);
            if (frame.type === 'welcome' && me.session) return send('auth', { session: me.session });
            if (frame.type === 'welcome') {
                counts.connections += 1;
                me = { session: frame.session, epoch: frame.epoch, seq: frame.seq };
                return begin();
            }
            if (frame.method === 'auth') {
                if (frame.error) {
                    me = { session: null, epoch: null, seq: 0 }; // swept away meanwhile, as its term says
                    return socket.close();
                }
                counts.connections += 1;
                return begin();
            }
            if (frame.method === 'resume' && frame.result) {
                counts.replayed += frame.result.replaying ?? 0;
                if (frame.result.recovered === false) me.seq = frame.result.up_to;
            }
            if (frame.type === 'price') prices.set(frame.symbol, frame.price);
            if (frame.type !== 'notification' && frame.type !== 'gap') return;
            counts[frame.type === 'gap' ? 'gaps' : 'notifications'] += 1;
            if (frame.seq <= me.seq) return; // seen before the connection broke
            if (frame.seq !== me.seq + 1) wrong.push(`seq ${frame.seq} after ${me.seq}`);
            me.seq = frame.seq;
        });
        await Promise.race([closed, wait(2_000 + random() * 20_000)]);
        const manner = random();
        if (manner < 0.4) socket.close();
        else if (manner < 0.8) socket.terminate();
        else {
            socket.pause(); // stops reading, then is gone without a word
            counts.slow += 1;
            await Promise.race([closed, wait(10_000)]);
            socket.terminate();
        }
        await closed;
        await wait(random() * 2_000);
    }
}

function sample(programs) {
    const of = ({ child: { pid } }) => ({
        memory: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024,
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
    });
    const size = (name) => statSync(join(programs.folder, name), { throwIfNoEntry: false })?.size ?? 0;
    return { notifier: of(programs.notifier), ingestion: of(programs.ingestion), log: size('tickbell.db-wal') / 2 ** 20, database: size('tickbell.db') / 2 ** 20 };
}

const most = (samples, read) => Math.max(...samples.map(read));

const programs = await Programs.start({
    replay: ['--synthetic', '11', '--symbols', kSymbols.join(','), '--rate', '40', '--limits', 'count'],
    ingestion: ['--linger', '10s'],
    notifier: ['--retention', '1m', '--anonymous-ttl', '1m', '--limit-alerts', '200'],
});
for (const program of [programs.notifier, programs.ingestion]) program.ended.then((code) => over || wrong.push(`a program ended with ${code}`));
const samples = [];
const fault = setInterval(() => {
    const name = pick(kFaults);
    fetch(`http://${programs.exchange}/control/${name}`, { method: 'POST' }).then((answer) => answer.ok || wrong.push(`control/${name}: ${answer.status}`));
}, kFaultEveryMs);
const clients = Array.from({ length: kClients }, () => client(`${programs.url.replace('http', 'ws')}/ws`, new Map(kSymbols.map((symbol) => [symbol, null]))));

console.log('min   notifier MiB  fds   ingestion MiB  fds   log MiB   database MiB   connections  notifications');
for (let minute = 1; minute <= kMinutes && wrong.length === 0; minute += 1) {
    const these = [];
    for (let i = 0; i < 60_000 / kSampleMs; i += 1) {
        await wait(kSampleMs);
        these.push(sample(programs));
    }
    samples.push(...these);
    const cell = (value, width, digits = 1) => value.toFixed(digits).padStart(width);
    console.log(
        cell(minute, 3, 0), cell(most(these, (s) => s.notifier.memory), 12), cell(most(these, (s) => s.notifier.descriptors), 6, 0),
        cell(most(these, (s) => s.ingestion.memory), 13), cell(most(these, (s) => s.ingestion.descriptors), 6, 0), cell(most(these, (s) => s.log), 9),
        cell(most(these, (s) => s.database), 12), cell(counts.connections, 15, 0), cell(counts.notifications, 14, 0),
    );
}
over = true;
clearInterval(fault);
await Promise.all(clients);
const codes = await programs.stop();
if (codes.some((code) => code !== 0)) wrong.push(`exit codes ${codes}`);

// The first fifth is for filling up.
const steady = samples.slice(Math.floor(samples.length / 5));
const [early, late] = [steady.slice(0, steady.length / 2), steady.slice(steady.length / 2)];
const grows = (name, read, factor, allowance) => {
    const [before, after] = [most(early, read), most(late, read)];
    console.log(`${name}: at most ${before.toFixed(1)} in the earlier half, ${after.toFixed(1)} in the later`);
    if (after > before * factor + allowance) wrong.push(`${name} grows`);
};
for (const program of ['notifier', 'ingestion']) {
    grows(`${program}, MiB`, (s) => s[program].memory, kGrowth.memory, kGrowth.memoryMiB);
    grows(`${program}, descriptors`, (s) => s[program].descriptors, 1, kGrowth.descriptors);
}
grows('log, MiB', (s) => s.log, 1, kGrowth.logMiB);
console.log(counts);
for (const line of wrong.slice(0, 10)) console.error(`WRONG ${line}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
