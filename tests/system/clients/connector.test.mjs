import assert from 'node:assert/strict';
import test from 'node:test';

import { kTimeoutMs, kTradesEach, load, startReplay, TradeCheck } from './replay_process.mjs';

test('@binance/spot reads exchangeInfo and streams trades without a hole', { timeout: kTimeoutMs }, async () => {
    const { Spot } = await load('@binance/spot');
    const replay = await startReplay('--synthetic', '7', '--rate', '20');
    const client = new Spot({
        configurationRestAPI: { apiKey: 'none', basePath: replay.rest },
        configurationWebsocketStreams: { wsURL: replay.ws },
    });
    let connection;
    try {
        const info = await (await client.restAPI.exchangeInfo({ symbols: ['BTCUSDT', 'ETHUSDT'] })).data();
        assert.deepEqual(info.symbols.map((row) => row.status), ['TRADING', 'TRADING']);
        const price = await (await client.restAPI.tickerPrice({ symbol: 'BTCUSDT' })).data();
        assert.match(price.price, /^\d+\.\d{8}$/);

        connection = await client.websocketStreams.connect();
        const check = new TradeCheck(['BTCUSDT', 'ETHUSDT'], kTradesEach);
        for (const symbol of ['btcusdt', 'ethusdt'])
            connection.trade({ symbol }).on('message', (t) => check.add({ symbol: t.s, id: t.t, price: t.p, qty: t.q, time: t.T }));
        await check.done;
        await check.verify(assert, replay.rest);
        await assert.rejects(client.restAPI.tickerPrice({ symbol: 'NOSUCH' }), /Invalid symbol/);
        assert.equal((await replay.control('violations')).violations, 0);
    } finally {
        await connection?.disconnect();
        assert.equal(await replay.stop(), 0);
    }
});
