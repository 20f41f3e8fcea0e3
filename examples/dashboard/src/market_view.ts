import type { Api } from './api';
import { h, part, reconcile, setText } from './dom';
import { clockText, compactText, percentText, priceText, trend } from './format';
import type { Market } from './market';
import type { Page, PriceRow, RankRow } from './protocol';
import { messageOf } from './toasts';

const kEveryMs = 10_000;
const kRows = 200;
const kLiveRows = 25;
const kMetrics: [string, string][] = [['volatility', 'Volatility'], ['change_pct', 'Change'], ['range_pct', 'Range'], ['volume', 'Volume'], ['stdev', 'Deviation']];
const kWindows = ['15m', '1h', '4h', '24h'];

interface MarketDeps {
    api: Api;
    market: Market;
    symbol: () => string;
    onPick: (symbol: string) => void;
    /** Other rows are shown; their prices are to be live. */
    onRows: () => void;
}

interface MarketRow extends RankRow {
    price?: PriceRow;
}

/** Symbols by rank, with their latest prices; fetched only while it is looked at. */
export class MarketView {
    private rows: MarketRow[] = [];
    private readonly metric = h('select', { 'aria-label': 'Ranked by', onchange: () => void this.load() }, kMetrics.map(([value, text]) => h('option', { value, text })));
    private readonly window = h('select', { 'aria-label': 'Over', onchange: () => void this.load() }, kWindows.map((value) => h('option', { value, text: value })));
    private readonly filter = h('input', { type: 'search', placeholder: 'Filter', autocomplete: 'off', spellcheck: 'false', 'aria-label': 'Filter symbols', oninput: () => this.render() });
    private readonly asOf = h('p', { class: 'muted as-of' });
    private readonly body = h('tbody');
    private readonly value = h('th', { scope: 'col', class: 'number' });
    private readonly emptyTitle = h('p', { class: 'empty-title' });
    private readonly emptyText = h('p');
    private readonly empty = h('div', { class: 'empty', hidden: true }, this.emptyTitle, this.emptyText);
    private readonly table = h('table', { class: 'market' }, h('caption', { class: 'unseen', text: 'Symbols by rank' }),
        h('thead', {}, h('tr', {}, h('th', { scope: 'col', text: '#', title: 'Rank; 1 is the highest' }), h('th', { scope: 'col', text: 'Symbol' }), h('th', { scope: 'col', class: 'number', text: 'Price' }), h('th', { scope: 'col', class: 'number', text: '24 h' }), this.value)), this.body);

    constructor(
        private readonly root: HTMLElement,
        private readonly deps: MarketDeps,
    ) {
        this.window.value = '24h';
        root.append(h('div', { class: 'panel-tools market-tools' }, this.filter, this.metric, this.window), this.empty, this.table, this.asOf);
        deps.market.on('price', ({ symbol }) => this.onPrice(symbol));
        setInterval(() => this.visible() && void this.load(), kEveryMs);
    }

    /** Shows which row is the symbol on the chart. */
    mark(): void {
        for (const row of this.body.children as HTMLCollectionOf<HTMLElement>) {
            if (row.dataset.key === this.deps.symbol()) row.setAttribute('aria-current', 'true');
            else row.removeAttribute('aria-current');
        }
    }

    /** Whose prices are looked at. */
    shown(): string[] {
        return this.root.hidden ? [] : ([...this.body.children] as HTMLElement[]).slice(0, kLiveRows).map(({ dataset }) => dataset.key ?? '');
    }

    async load(): Promise<void> {
        const [metric, window] = [this.metric.value, this.window.value];
        try {
            const [rank, prices] = await Promise.all([this.deps.api.get<Page<RankRow> & { as_of?: number }>('/rank', { metric, window, limit: kRows }), this.deps.api.get<Page<PriceRow>>('/prices')]);
            if (metric !== this.metric.value || window !== this.window.value) return;
            setText(this.asOf, rank?.as_of ? `Ranks as of ${clockText(rank.as_of)}` : '');
            this.join(rank?.items ?? [], prices?.items ?? []);
            this.render();
        } catch (error) {
            setText(this.asOf, `Not up to date: ${messageOf(error)}`);
        }
    }

    /** Whoever has a price but no rank yet stands below the others. */
    private join(ranked: RankRow[], prices: PriceRow[]): void {
        const priceOf = new Map(prices.map((price) => [price.symbol, price]));
        const withRank = new Set(ranked.map(({ symbol }) => symbol));
        const unranked = prices.filter(({ symbol }) => !withRank.has(symbol));
        this.rows = [...ranked, ...unranked.map(({ symbol }): MarketRow => ({ symbol }))].map((row) => ({ ...row, price: priceOf.get(row.symbol) }));
    }

    private render(): void {
        const typed = this.filter.value.trim().toUpperCase();
        const shown = this.rows.filter(({ symbol }) => symbol.includes(typed));
        setText(this.value, kMetrics.find(([value]) => value === this.metric.value)?.[1] ?? '');
        reconcile(this.body, shown, { key: ({ symbol }) => symbol, make: ({ symbol }) => this.make(symbol), render: (row, element) => this.renderRow(row, element) });
        this.mark();
        this.table.hidden = shown.length === 0;
        this.empty.hidden = shown.length > 0;
        setText(this.emptyTitle, typed ? 'No such symbol here' : 'No ranks yet');
        setText(this.emptyText, typed ? 'Only symbols that are followed are listed.' : 'A symbol is ranked once its candles cover the window. Symbols are followed when an alert, a chart or the operator asks for them.');
        this.deps.onRows();
    }

    private make(symbol: string): HTMLElement {
        return h('tr', {}, h('td', { class: 'rank' }), h('th', { scope: 'row' }, h('button', { type: 'button', class: 'symbol-link', text: symbol, onclick: () => this.deps.onPick(symbol) })), h('td', { class: 'number price' }), h('td', { class: 'number change' }), h('td', { class: 'number value' }));
    }

    private renderRow({ symbol, rank, value, ties, price }: MarketRow, row: HTMLElement): void {
        const cell = (name: string, text: string) => setText(part(row, name), text);
        cell('.rank', rank === undefined ? '–' : String(rank));
        part(row, '.rank').title = ties ? `shared with ${ties} more` : '';
        cell('.price', this.priceText(symbol, price?.price));
        cell('.change', percentText(price?.change_24h_pct));
        part(row, '.change').className = `number change ${trend(price?.change_24h_pct)}`;
        cell('.value', this.valueText(value));
    }

    private onPrice(symbol: string): void {
        if (!this.visible()) return;
        const row = ([...this.body.children] as HTMLElement[]).find(({ dataset }) => dataset.key === symbol);
        if (row) setText(part(row, '.price'), this.priceText(symbol, undefined));
    }

    private priceText(symbol: string, polled: string | undefined): string {
        const price = this.deps.market.price(symbol)?.price ?? polled;
        return priceText(price, price ? this.deps.market.tick(symbol) : undefined);
    }

    private valueText(value: RankRow['value']): string {
        if (value === undefined || value === null) return '–';
        switch (this.metric.value) {
            case 'volume':
            case 'stdev':
                return compactText(value);
            case 'volatility':
                return percentText(Number(value) * 100, 4, false);
            default:
                return percentText(value, 2, this.metric.value === 'change_pct');
        }
    }

    private visible(): boolean {
        return !this.root.hidden && document.visibilityState === 'visible';
    }
}
