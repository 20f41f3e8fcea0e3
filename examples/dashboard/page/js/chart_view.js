import { CandleSeries, kIntervals } from './candles.js';
import { h, setText } from './dom.js';
import { compactText, percentText, priceText, trend } from './format.js';
import { PriceChart } from './price_chart.js';

const kPage = 500;
const kRefreshMs = 5_000;
const kRetryMs = 1_500;

/** The chart with its intervals and legend: loads candles, moves the running one by live prices, fetches what is older. */
export class ChartView {
    constructor({ frame, intervals, legend, note, toEnd }, { api, market, memory, onPick, onLayout }) {
        Object.assign(this, { frame, legend, note, api, market, memory });
        this.chart = new PriceChart(frame, { onPick, onLayout, onHover: (row) => this.hover(row), onEarlier: () => this.loadEarlier(), onScroll: (away) => (toEnd.hidden = !away) });
        toEnd.addEventListener('click', () => this.chart.showEnd());
        this.interval = kIntervals.find(({ name }) => name === memory.get('interval')) ?? kIntervals[0];
        this.buttons = kIntervals.map((interval) => h('button', { type: 'button', role: 'radio', text: interval.name, onclick: () => this.choose(interval) }));
        intervals.append(...this.buttons);
        intervals.addEventListener('keydown', (event) => this.onKey(event));
        this.legendParts = ['O', 'H', 'L', 'C', '', 'V'].map((name) => h('span', {}, name ? h('b', { text: name }) : null, h('span')));
        legend.append(...this.legendParts);
        market.addEventListener('price', ({ symbol }) => symbol === this.symbol && this.onPrice());
        setInterval(() => document.visibilityState === 'visible' && this.refresh(), kRefreshMs);
        this.markInterval();
    }

    show(symbol) {
        this.symbol = symbol;
        this.load();
    }

    choose(interval) {
        this.interval = interval;
        this.memory.set('interval', interval.name);
        this.markInterval();
        this.load();
    }

    /** From scratch: another symbol or interval. */
    async load() {
        clearTimeout(this.retry);
        const series = (this.series = new CandleSeries(this.interval.ms));
        this.complete = false;
        this.exactTo = undefined;
        this.frame.setAttribute('aria-label', `Candles of ${this.symbol}, ${this.interval.name} each`);
        this.say('Loading candles…');
        this.chart.show(series, this.market.tick(this.symbol));
        await this.fill(series);
    }

    async fill(series) {
        try {
            const answer = await this.fetch({ limit: kPage });
            if (series !== this.series) return;
            series.merge(answer?.items ?? []);
            const price = this.market.price(this.symbol);
            if (price) series.onPrice(Number(price.price), price.time);
            this.chart.show(series, this.market.tick(this.symbol));
            this.hover(null);
            this.onFilled?.();
            this.say(series.rows.length > 0 ? '' : 'Waiting for the first candles…');
            if (!answer?.items.length) this.retry = setTimeout(() => this.fill(series), kRetryMs);
        } catch (error) {
            if (series !== this.series) return;
            this.say(error.status === 404 ? `${this.symbol} is not listed at the exchange` : `No candles: ${error.message}`);
            this.retry = setTimeout(() => this.fill(series), kRetryMs * 2);
        }
    }

    /** The server's word on the newest candles: it counts every trade, a live price is one of many. */
    async refresh() {
        const series = this.series;
        if (!series?.last || this.busy) return;
        this.busy = true;
        // After a break of the connection this is long ago; then the end is fetched in pages.
        let from = this.exactTo ?? series.last.t - series.intervalMs;
        for (let more = true; more; ) {
            // Without an answer the next round tries again; the connection's state is told elsewhere.
            const answer = await this.fetch({ from, limit: kPage }).catch(() => null);
            if (series !== this.series || !answer) break;
            this.chart.redrawEnd(series.merge(answer.items));
            more = answer.items.length === kPage;
            from = answer.items.at(-1)?.t ?? from;
            this.exactTo = from - series.intervalMs;
        }
        this.busy = false;
        if (series === this.series) this.hover(this.hovered);
    }

    async loadEarlier() {
        const series = this.series;
        if (this.complete || this.busy || !series?.first) return;
        this.busy = true;
        const answer = await this.fetch({ to: series.first.t, from: series.first.t - kPage * series.intervalMs, limit: kPage }).catch(() => null);
        this.busy = false;
        if (series !== this.series) return;
        const before = series.rows.length;
        if (answer?.items.length) series.merge(answer.items);
        this.complete = series.rows.length === before;
        if (!this.complete) this.chart.redraw(series.rows.length - before);
    }

    fetch(range) {
        return this.api.get('/candles', { symbol: this.symbol, interval: this.interval.name, ...range });
    }

    onPrice() {
        const { price, time } = this.market.price(this.symbol);
        const series = this.series;
        this.chart.setTick(this.market.tick(this.symbol));
        // A price alone is no chart: before the first answer there is nothing to move.
        if (!series.last) return;
        const count = series.rows.length;
        if (series.onPrice(Number(price), time)) this.chart.redrawEnd(Math.max(0, count - 1));
        if (!this.hovered) this.hover(null);
    }

    hover(row) {
        this.hovered = row;
        const shown = row ?? this.series?.last;
        const tick = this.market.tick(this.symbol);
        const text = (value) => priceText(value.toFixed(8), tick);
        const parts = shown ? [text(shown.o), text(shown.h), text(shown.l), text(shown.c), percentText((shown.c / shown.o - 1) * 100), compactText(shown.v)] : [];
        this.legend.className = `legend ${shown ? trend(shown.c - shown.o) : ''}`;
        this.legendParts.forEach((part, i) => setText(part.lastElementChild, parts[i] ?? ''));
        this.legend.hidden = !shown;
    }

    say(text) {
        setText(this.note, text);
        this.note.hidden = !text;
    }

    markInterval() {
        this.buttons.forEach((button, i) => {
            const chosen = kIntervals[i] === this.interval;
            button.setAttribute('aria-checked', String(chosen));
            button.tabIndex = chosen ? 0 : -1;
        });
    }

    onKey(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const at = (kIntervals.indexOf(this.interval) + step + kIntervals.length) % kIntervals.length;
        this.choose(kIntervals[at]);
        this.buttons[at].focus();
    }
}
