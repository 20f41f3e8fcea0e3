import type { Api } from './api';
import { Emitter } from './emitter';
import type { Link } from './link';
import type { FeedPush, Page, PricePush, SymbolInfo } from './protocol';

const kWatchedMax = 40;
const kPriceEveryMs = 500;
const kRetryMs = 2_000;

export interface Quote {
    price: string;
    time: number;
    tradeId: number;
    /** The price shown before. */
    before: string | undefined;
}

type Feed = Pick<FeedPush, 'state' | 'since' | 'reason'>;

/** Prices and feed states as pushed, and which symbols are watched. */
export class Market extends Emitter<{ price: { symbol: string }; feed: { symbol: string | null }; symbols: void }> {
    readonly symbols = new Map<string, SymbolInfo>();
    private readonly prices = new Map<string, Quote>();
    private readonly feeds = new Map<string | null, Feed>();
    private wanted = new Set<string>();
    private watched = new Set<string>();
    private retry: ReturnType<typeof setTimeout> | undefined;

    constructor(
        private readonly link: Link,
        private readonly api: Api,
    ) {
        super();
        link.on('price', (push) => this.onPrice(push));
        link.on('feed', (push) => this.onFeed(push));
        link.on('state', ({ name }) => name !== 'live' && this.onLeft());
        link.on('ready', () => this.sendWatch());
    }

    /** The symbol list, asked for until it is there: at the server's very first start it comes from the exchange. */
    async loadSymbols(): Promise<void> {
        clearTimeout(this.retry);
        if (this.symbols.size > 0) return;
        const answer = await this.api.get<Page<SymbolInfo>>('/symbols').catch(() => null);
        if (!answer) {
            this.retry = setTimeout(() => void this.loadSymbols(), kRetryMs);
            return;
        }
        for (const item of answer.items) this.symbols.set(item.symbol, item);
        this.emit('symbols', undefined);
    }

    /** Follows exactly these symbols. */
    want(symbols: Iterable<string>): void {
        this.wanted = new Set([...new Set(symbols)].slice(0, kWatchedMax));
        this.sendWatch();
    }

    price(symbol: string): Quote | undefined {
        return this.prices.get(symbol);
    }

    /** The smallest step of a price: the exchange's, else what the digits of the latest price say; undefined without either. */
    tick(symbol: string): string | undefined {
        const listed = this.symbols.get(symbol)?.tick_size;
        if (listed) return listed;
        const fraction = this.prices.get(symbol)?.price.split('.')[1]?.replace(/0+$/, '');
        return fraction ? `0.${'1'.padStart(fraction.length, '0')}` : undefined;
    }

    /** The worse of the symbol's own state and that of ingestion as a whole; undefined when live. */
    feed(symbol: string): Feed | undefined {
        return this.feeds.get(null) ?? this.feeds.get(symbol);
    }

    private onPrice({ symbol, price, time, trade_id: tradeId }: PricePush): void {
        const before = this.prices.get(symbol);
        if (before && before.tradeId > tradeId) return;
        this.prices.set(symbol, { price, time, tradeId, before: before?.price });
        this.emit('price', { symbol });
    }

    private onFeed({ symbol, state, since, reason }: FeedPush): void {
        if (state === 'live') this.feeds.delete(symbol);
        else this.feeds.set(symbol, { state, since, reason });
        this.emit('feed', { symbol });
    }

    /** The next welcome tells again what is not live. */
    private onLeft(): void {
        this.watched.clear();
        this.feeds.clear();
    }

    private sendWatch(): void {
        if (this.link.state.name !== 'live') return;
        const added = [...this.wanted].filter((symbol) => !this.watched.has(symbol));
        const gone = [...this.watched].filter((symbol) => !this.wanted.has(symbol));
        // One by one: a symbol that the exchange has dropped must not take the others along.
        for (const symbol of added) this.link.request('watch', { symbols: [symbol], interval_ms: kPriceEveryMs }).catch(() => this.watched.delete(symbol));
        if (gone.length > 0) this.link.request('unwatch', { symbols: gone }).catch(() => undefined);
        this.watched = new Set(this.wanted);
    }
}
