import assert from 'node:assert/strict';
import test from 'node:test';

import { kTimeoutMs, kTradesEach, load, startReplay, TradeCheck } from './replay_process.mjs';

test('ccxt loads the markets and watches trades without a hole', { timeout: kTimeoutMs }, async () => {
    const { default: ccxt } = await load('ccxt');
    const replay = await startReplay('--synthetic', '7', '--rate', '20');
    const exchange = new ccxt.pro.binance({ options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] } }, newUpdates: true });
    exchange.urls.api.public = `${replay.rest}/api/v3`;
    exchange.urls.api.ws.spot = `${replay.ws}/ws`;
    try {
        await exchange.loadHttpProxyAgent(); // ccxt asks for it when a URL is ws://
        const markets = await exchange.loadMarkets();
        assert.equal(markets['BTC/USDT'].active, true);
        assert.equal(markets['BTC/USDT'].precision.price, 0.01);
        assert.equal(markets['OLD/USDT'].active, false);

        const check = new TradeCheck(['BTCUSDT', 'ETHUSDT'], kTradesEach);
        const watch = async (pair) => {
            for (let seen = 0; seen < kTradesEach; ) {
                const trades = await exchange.watchTrades(pair);
                seen += trades.length;
                for (const t of trades)
                    check.add({ symbol: pair.replace('/', ''), id: t.id, price: t.price, qty: t.amount, time: t.timestamp });
            }
        };
        await Promise.all([watch('BTC/USDT'), watch('ETH/USDT')]);
        await check.verify(assert, replay.rest);

        const candles = await exchange.fetchOHLCV('BTC/USDT', '1m', undefined, 100);
        assert.equal(candles.length, 100);
        const ticker = await exchange.fetchTicker('ETH/USDT');
        assert.ok(ticker.low <= ticker.last && ticker.last <= ticker.high);
        const book = await exchange.fetchOrderBook('BTC/USDT', 20);
        assert.ok(book.bids[0][0] < book.asks[0][0]);
        await assert.rejects(exchange.publicGetTrades({ symbol: 'NOSUCH' }), ccxt.BadSymbol);
        assert.equal((await replay.control('violations')).violations, 0);
    } finally {
        await exchange.close();
        assert.equal(await replay.stop(), 0);
    }
});
