import { h, setText } from './dom.js';
import { clockText, compactText, percentText, priceText, trend } from './format.js';

const kEveryMs = 10_000;
const kRows = 100;
const kMetrics = [['volatility', 'Volatility'], ['change_pct', 'Change'], ['range_pct', 'Range'], ['volume', 'Volume'], ['stdev', 'Deviation']];
const kWindows = ['15m', '1h', '4h', '24h'];

/** Symbols by rank, with their latest prices; fetched only while it is looked at. */
export class MarketView {
    constructor(root, { api, market, symbol, onPick }) {
        Object.assign(this, { root, api, market, symbol, onPick });
        const option = (value, text = value) => h('option', { value, text });
        this.metric = h('select', { 'aria-label': 'Ranked by', onchange: () => this.load() }, kMetrics.map(([value, text]) => option(value, text)));
        this.window = h('select', { 'aria-label': 'Over', onchange: () => this.load() }, kWindows.map((value) => option(value)));
        this.window.value = '24h';
        this.asOf = h('span', { class: 'muted' });
        this.body = h('tbody');
        this.value = h('th', { scope: 'col', class: 'number' });
        this.table = h('table', { class: 'market' }, h('caption', { class: 'unseen', text: 'Symbols by rank' }), h('thead', {}, h('tr', {}, h('th', { scope: 'col', text: '#' }), h('th', { scope: 'col', text: 'Symbol' }), h('th', { scope: 'col', class: 'number', text: 'Price' }), h('th', { scope: 'col', class: 'number', text: '24 h' }), this.value)), this.body);
        this.empty = h('div', { class: 'empty' }, h('p', { class: 'empty-title', text: 'No ranks yet' }), h('p', { text: 'A symbol is ranked once its candles cover the window. Symbols are followed when an alert, a chart or the operator asks for them.' }));
        root.append(h('div', { class: 'panel-tools' }, this.metric, this.window, this.asOf), this.empty, this.table);
        setInterval(() => this.visible() && this.load(), kEveryMs);
    }

    /** Shows which row is the symbol on the chart. */
    mark() {
        for (const row of this.body.children) {
            if (row.dataset.symbol === this.symbol()) row.setAttribute('aria-current', 'true');
            else row.removeAttribute('aria-current');
        }
    }

    visible() {
        return !this.root.hidden && document.visibilityState === 'visible';
    }

    async load() {
        const [metric, window] = [this.metric.value, this.window.value];
        try {
            const [rank, prices] = await Promise.all([this.api.get('/rank', { metric, window, limit: kRows }), this.api.get('/prices')]);
            if (metric !== this.metric.value || window !== this.window.value) return;
            this.render(rank, prices?.items ?? []);
        } catch (error) {
            setText(this.asOf, error.message);
        }
    }

    render(rank, prices) {
        const priceOf = new Map(prices.map((row) => [row.symbol, row]));
        const ranked = rank?.items ?? [];
        // Whoever has a price but no rank yet stands below the others.
        const unranked = prices.filter(({ symbol }) => !ranked.some((row) => row.symbol === symbol));
        setText(this.value, kMetrics.find(([value]) => value === this.metric.value)[1]);
        setText(this.asOf, rank?.as_of ? `as of ${clockText(rank.as_of)}` : '');
        this.body.replaceChildren(...[...ranked, ...unranked].map((row) => this.row(row, priceOf.get(row.symbol))));
        this.mark();
        this.empty.hidden = this.body.childElementCount > 0;
        this.table.hidden = this.body.childElementCount === 0;
    }

    row({ symbol, rank, value, ties }, price) {
        const change = price?.change_24h_pct;
        return h(
            'tr', { 'data-symbol': symbol },
            h('td', { class: 'number', text: rank ?? '–', title: ties > 0 ? `shared with ${ties} more` : null }),
            h('th', { scope: 'row' }, h('button', { type: 'button', class: 'symbol-link', text: symbol, onclick: () => this.onPick(symbol) })),
            h('td', { class: 'number', text: priceText(price?.price ?? null, price ? this.market.tick(symbol) : undefined) }),
            h('td', { class: `number ${trend(change)}`, text: percentText(change) }),
            h('td', { class: 'number', text: this.valueText(value) }),
        );
    }

    valueText(value) {
        if (value === undefined || value === null) return '–';
        switch (this.metric.value) {
            case 'volume':
            case 'stdev':
                return compactText(value);
            case 'volatility':
                return percentText(value * 100, 4, false);
            default:
                return percentText(value, 2, this.metric.value === 'change_pct');
        }
    }
}
