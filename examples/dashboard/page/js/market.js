/** Prices and feed states as pushed, and which symbols are watched. Emits `price` {symbol}, `feed` {symbol or null}. */
const kWatchedMax = 40;
const kPriceEveryMs = 500;
const kRetryMs = 2_000;

export class Market extends EventTarget {
    constructor(link, api) {
        super();
        Object.assign(this, { link, api });
        this.prices = new Map();
        this.feeds = new Map();
        this.symbols = new Map();
        this.wanted = new Set();
        this.watched = new Set();
        link.addEventListener('price', ({ detail }) => this.onPrice(detail));
        link.addEventListener('feed', ({ detail }) => this.onFeed(detail));
        link.addEventListener('state', ({ detail }) => detail.name !== 'live' && this.onLeft());
        link.addEventListener('ready', () => this.sendWatch());
    }

    /** The symbol list, asked for until it is there: at the server's very first start it comes from the exchange. */
    async loadSymbols() {
        clearTimeout(this.retry);
        if (this.symbols.size > 0) return;
        const answer = await this.api.get('/symbols').catch(() => null);
        if (!answer) {
            this.retry = setTimeout(() => this.loadSymbols(), kRetryMs);
            return;
        }
        for (const item of answer.items) this.symbols.set(item.symbol, item);
        this.dispatchEvent(new Event('symbols'));
    }

    /** Follows exactly these symbols. */
    want(symbols) {
        this.wanted = new Set([...symbols].slice(0, kWatchedMax));
        this.sendWatch();
    }

    /** {price, time} or undefined. */
    price(symbol) {
        return this.prices.get(symbol);
    }

    /** The smallest step of a price: the exchange's, else what the digits of the latest price say; undefined without either. */
    tick(symbol) {
        const listed = this.symbols.get(symbol)?.tick_size;
        if (listed) return listed;
        const fraction = this.prices.get(symbol)?.price.split('.')[1]?.replace(/0+$/, '');
        return fraction ? `0.${'1'.padStart(fraction.length, '0')}` : undefined;
    }

    /** The worse of the symbol's own state and that of ingestion as a whole; undefined when live. */
    feed(symbol) {
        return this.feeds.get(null) ?? this.feeds.get(symbol);
    }

    onPrice({ symbol, price, time, trade_id: tradeId }) {
        const before = this.prices.get(symbol);
        if (before && before.tradeId > tradeId) return;
        this.prices.set(symbol, { price, time, tradeId, before: before?.price });
        this.dispatchEvent(Object.assign(new Event('price'), { symbol }));
    }

    onFeed({ symbol, state, since, reason }) {
        if (state === 'live') this.feeds.delete(symbol);
        else this.feeds.set(symbol, { state, since, reason });
        this.dispatchEvent(Object.assign(new Event('feed'), { symbol }));
    }

    /** The next welcome tells again what is not live. */
    onLeft() {
        this.watched.clear();
        this.feeds.clear();
    }

    sendWatch() {
        if (this.link.state.name !== 'live') return;
        const added = [...this.wanted].filter((symbol) => !this.watched.has(symbol));
        const gone = [...this.watched].filter((symbol) => !this.wanted.has(symbol));
        // One by one: a symbol that the exchange has dropped must not take the others along.
        for (const symbol of added)
            this.link.request('watch', { symbols: [symbol], interval_ms: kPriceEveryMs }).catch(() => this.watched.delete(symbol));
        if (gone.length > 0) this.link.request('unwatch', { symbols: gone }).catch(() => {});
        this.watched = new Set(this.wanted);
    }
}
