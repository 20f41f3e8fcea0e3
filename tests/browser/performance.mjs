/*
 * How busy the dashboard is while the market is: `node tests/browser/performance.mjs`, with the programs and the page
 * named as ctest names them (`tests/README.md`). 50 symbols together make 5,000 trades a second; the page shows the chart
 * of one, ten alerts and the market table. Ends with 1 where a limit is passed. No part of ctest: it measures time.
 */
import { loadavg } from 'node:os';
import { Browser, Dashboard, kMissing } from './browser.mjs';
import { Stack } from './stack.mjs';

const kSymbols = Array.from({ length: 50 }, (_, i) => `M${String(i).padStart(2, '0')}USDT`);
const kRate = 100;
const kMeasuredMs = 20_000;
const kVisits = 5;
const kBusyMax = 0.2;
const kPaintMsMax = 1000;

if (kMissing) throw new Error(kMissing);
const stack = await Stack.start({
    replay: ['--synthetic', '7', '--symbols', ['BTCUSDT', ...kSymbols.slice(1)].join(','), '--rate', String(kRate)],
    ingestion: ['--symbols', ['BTCUSDT', ...kSymbols.slice(1)].join(',')],
});
const browser = await Browser.start();
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** The sum of the newest trade ids that the notifier knows: what it grows by is what arrived there. */
async function arrived() {
    const { items } = await (await fetch(`${stack.url}api/v1/prices`)).json();
    return items.reduce((sum, { trade_id: id }) => sum + id, 0);
}

/** Busy shares of the main thread over a while; `domain`: by the clock (`timeTicks`) or of the processor (`threadTicks`). */
async function busy(page, domain) {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: domain });
    const read = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
    const [before, trades, began] = [await read(), await arrived(), performance.now()];
    await wait(kMeasuredMs);
    const [after, seconds] = [await read(), (performance.now() - began) / 1000];
    const share = (name) => (after[name] - before[name]) / seconds;
    const perSecond = Math.round(((await arrived()) - trades) / seconds);
    await session.detach();
    return { perSecond, all: share('TaskDuration'), script: share('ScriptDuration'), layout: share('LayoutDuration') + share('RecalcStyleDuration') };
}

let failed = false;
try {
    const paints = [];
    for (let i = 0; i < kVisits; i += 1) {
        const page = await browser.visit(stack.url);
        await new Dashboard(page, stack).live();
        paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
        await browser.leave(page);
    }
    const paint = paints.sort((a, b) => a - b)[Math.floor(kVisits / 2)];
    console.log(`first contentful paint: ${paints.map(Math.round).join(', ')} ms, median ${Math.round(paint)} ms`);

    const page = await browser.visit(stack.url);
    const board = new Dashboard(page, stack);
    await board.ready();
    for (let i = 0; i < 10; i += 1) await board.type(`above ${(await stack.price('BTCUSDT')) * 2 + i} once`);
    await board.tab('Market');
    await page.locator('.market tbody tr').nth(20).waitFor();
    for (const domain of ['timeTicks', 'threadTicks']) {
        const { perSecond, all, script, layout } = await busy(page, domain);
        console.log(`${domain}: ${perSecond} trades/s arrived; main thread busy ${percent(all)} (script ${percent(script)}, style and layout ${percent(layout)})`);
        if (domain === 'threadTicks') failed = all > kBusyMax || paint > kPaintMsMax;
    }
    console.log(`load of the machine: ${loadavg().map((load) => load.toFixed(1)).join(' ')}`);
} finally {
    await browser.stop();
    await stack.stop();
}
process.exitCode = failed ? 1 : 0;
