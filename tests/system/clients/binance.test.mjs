import assert from 'node:assert/strict';
import test from 'node:test';

import { kTimeoutMs, kTradesEach, load, startReplay, TradeCheck } from './replay_process.mjs';

test('binance reads exchangeInfo and streams trades without a hole', { timeout: kTimeoutMs }, async () => {
    const { MainClient, WebsocketClient } = await load('binance');
    const replay = await startReplay('--synthetic', '7', '--rate', '20');
    const client = new MainClient({ baseUrl: replay.rest });
    const silent = { trace() {}, info() {}, error() {} };
    const stream = new WebsocketClient({ wsUrl: replay.ws, beautify: true }, silent);
    try {
        const info = await client.getExchangeInfo({ symbol: 'BTCUSDT' });
        assert.equal(info.symbols[0].baseAsset, 'BTC');
        assert.equal(info.symbols[0].filters.find((f) => f.filterType === 'PRICE_FILTER').tickSize, '0.01000000');
        const candles = await client.getKlines({ symbol: 'ETHUSDT', interval: '1h', limit: 24 });
        assert.equal(candles.length, 24);

        const check = new TradeCheck(['BTCUSDT', 'ETHUSDT'], kTradesEach);
        stream.on('formattedMessage', (t) => {
            if (t.eventType === 'trade')
                check.add({ symbol: t.symbol, id: t.tradeId ?? t.aggTradeId, price: t.price, qty: t.quantity, time: t.tradeTime ?? t.time });
        });
        stream.on('exception', () => {});
        await stream.subscribe(['btcusdt@trade', 'ethusdt@trade'], 'main');
        await check.done;
        await check.verify(assert, replay.rest);
        assert.equal((await replay.control('violations')).violations, 0);
    } finally {
        stream.closeAll(true);
        assert.equal(await replay.stop(), 0);
    }
});
