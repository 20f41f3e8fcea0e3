import type { Api } from './api';
import { ApiError } from './api';
import { CandleSeries, kIntervals, type Interval, type Row } from './candles';
import { h, setText } from './dom';
import { compactText, percentText, priceText, trend } from './format';
import type { Market } from './market';
import type { Memory } from './memory';
import { PriceChart, type Point } from './price_chart';
import type { Candle, Page } from './protocol';
import { messageOf } from './toasts';

const kPage = 500;
const kRefreshMs = 5_000;
const kRetryMs = 1_500;

interface ChartDeps {
    api: Api;
    market: Market;
    memory: Memory;
    onPick: (price: string, point: Point) => void;
    onLayout: () => void;
    /** Candles of another symbol or interval, or older ones, are there. */
    onFilled: () => void;
}

/** The chart with its intervals and legend: loads candles, moves the running one by live prices, fetches what is older. */
export class ChartView {
    readonly chart: PriceChart;
    interval: Interval;
    series: CandleSeries;
    private symbol = '';
    private hovered: Row | null = null;
    private complete = false;
    private busy = false;
    /** Up to this time the candles are the server's word. */
    private exactTo: number | undefined;
    private retry: ReturnType<typeof setTimeout> | undefined;
    private readonly buttons: HTMLButtonElement[];
    private readonly legendParts: { part: HTMLElement; value: HTMLElement }[];

    constructor(
        private readonly elements: { frame: HTMLElement; intervals: HTMLElement; legend: HTMLElement; note: HTMLElement; toEnd: HTMLElement },
        private readonly deps: ChartDeps,
    ) {
        const { frame, intervals, legend, toEnd } = elements;
        const { market, memory, onPick, onLayout } = deps;
        this.interval = kIntervals.find(({ name }) => name === memory.get('interval')) ?? kIntervals[0]!;
        this.series = new CandleSeries(this.interval.ms);
        this.chart = new PriceChart(frame, { onPick, onLayout, onHover: (row) => this.hover(row), onEarlier: () => void this.loadEarlier(), onScroll: (away) => (toEnd.hidden = !away) });
        toEnd.addEventListener('click', () => this.chart.showEnd());
        this.buttons = kIntervals.map((interval) => h('button', { type: 'button', role: 'radio', text: interval.name, onclick: () => this.choose(interval) }));
        intervals.append(...this.buttons);
        intervals.addEventListener('keydown', (event) => this.onKey(event));
        this.legendParts = ['O', 'H', 'L', 'C', '', 'V'].map((name) => {
            const value = h('span');
            return { part: h('span', {}, name ? h('b', { text: name }) : null, value), value };
        });
        legend.append(...this.legendParts.map(({ part }) => part));
        market.on('price', ({ symbol }) => symbol === this.symbol && this.onPrice());
        setInterval(() => document.visibilityState === 'visible' && void this.refresh(), kRefreshMs);
        this.markInterval();
    }

    show(symbol: string): void {
        this.symbol = symbol;
        void this.load();
    }

    /** Shows the candles of this length, and keeps the choice. */
    choose(interval: Interval): void {
        this.deps.memory.set('interval', interval.name);
        void this.use(interval);
    }

    /** Shows everything since this time, with candles long enough that they fit. */
    async showSince(time: number): Promise<void> {
        const spanMs = Date.now() - time;
        await this.use(kIntervals.find(({ ms }) => spanMs / ms <= kPage - 1) ?? this.interval);
        this.chart.showSince(time);
    }

    /** Back to the length that was chosen. */
    async showChosen(): Promise<void> {
        const chosen = kIntervals.find(({ name }) => name === this.deps.memory.get('interval')) ?? kIntervals[0]!;
        await this.use(chosen);
        this.chart.showEnd();
    }

    private async use(interval: Interval): Promise<void> {
        if (interval === this.interval) return;
        this.interval = interval;
        this.markInterval();
        await this.load();
    }

    /** From scratch: another symbol or interval. */
    private async load(): Promise<void> {
        clearTimeout(this.retry);
        const series = (this.series = new CandleSeries(this.interval.ms));
        this.complete = false;
        this.exactTo = undefined;
        this.elements.frame.setAttribute('aria-label', `Candles of ${this.symbol}, ${this.interval.name} each`);
        this.say('Loading candles…');
        this.chart.show(series, this.deps.market.tick(this.symbol));
        await this.fill(series);
    }

    private async fill(series: CandleSeries): Promise<void> {
        try {
            const answer = await this.fetch({ limit: kPage });
            if (series !== this.series) return;
            series.merge(answer?.items ?? []);
            const price = this.deps.market.price(this.symbol);
            if (price) series.onPrice(Number(price.price), price.time);
            this.chart.show(series, this.deps.market.tick(this.symbol));
            this.hover(null);
            this.deps.onFilled();
            this.say(series.rows.length > 0 ? '' : 'Waiting for the first candles…');
            if (!answer?.items.length) this.retry = setTimeout(() => void this.fill(series), kRetryMs);
        } catch (error) {
            if (series !== this.series) return;
            this.say(error instanceof ApiError && error.status === 404 ? `${this.symbol} is not listed at the exchange` : `No candles: ${messageOf(error)}`);
            this.retry = setTimeout(() => void this.fill(series), kRetryMs * 2);
        }
    }

    /** The server's word on the newest candles: it counts every trade, a live price is one of many. */
    async refresh(): Promise<void> {
        const series = this.series;
        if (!series.last || this.busy) return;
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

    private async loadEarlier(): Promise<void> {
        const series = this.series;
        if (this.complete || this.busy || !series.first) return;
        this.busy = true;
        const answer = await this.fetch({ to: series.first.t, from: series.first.t - kPage * series.intervalMs, limit: kPage }).catch(() => null);
        this.busy = false;
        if (series !== this.series) return;
        const before = series.rows.length;
        if (answer?.items.length) series.merge(answer.items);
        this.complete = series.rows.length === before;
        if (this.complete) return;
        this.chart.redraw(series.rows.length - before);
        this.deps.onFilled();
    }

    private fetch(range: { from?: number; to?: number; limit: number }): Promise<Page<Candle> | null> {
        return this.deps.api.get<Page<Candle>>('/candles', { symbol: this.symbol, interval: this.interval.name, ...range });
    }

    private onPrice(): void {
        const quote = this.deps.market.price(this.symbol);
        const series = this.series;
        this.chart.setTick(this.deps.market.tick(this.symbol));
        // A price alone is no chart: before the first answer there is nothing to move.
        if (!series.last || !quote) return;
        const count = series.rows.length;
        if (series.onPrice(Number(quote.price), quote.time)) this.chart.redrawEnd(Math.max(0, count - 1));
        if (!this.hovered) this.hover(null);
    }

    hover(row: Row | null): void {
        this.hovered = row;
        const shown = row ?? this.series.last;
        const tick = this.deps.market.tick(this.symbol);
        const text = (value: number) => priceText(value.toFixed(8), tick);
        const parts = shown ? [text(shown.o), text(shown.h), text(shown.l), text(shown.c), percentText((shown.c / shown.o - 1) * 100), compactText(shown.v)] : [];
        this.elements.legend.className = `legend ${shown ? trend(shown.c - shown.o) : ''}`;
        this.legendParts.forEach(({ value }, i) => setText(value, parts[i] ?? ''));
        this.elements.legend.hidden = !shown;
    }

    private say(text: string): void {
        setText(this.elements.note, text);
        this.elements.note.hidden = !text;
    }

    private markInterval(): void {
        this.buttons.forEach((button, i) => {
            const chosen = kIntervals[i] === this.interval;
            button.setAttribute('aria-checked', String(chosen));
            button.tabIndex = chosen ? 0 : -1;
        });
    }

    private onKey(event: KeyboardEvent): void {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const at = (kIntervals.indexOf(this.interval) + step + kIntervals.length) % kIntervals.length;
        this.choose(kIntervals[at]!);
        this.buttons[at]!.focus();
    }
}
