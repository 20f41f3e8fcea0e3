import {
    CandlestickSeries, CrosshairMode, HistogramSeries, createChart, createSeriesMarkers,
    type AutoscaleInfo, type IChartApi, type ISeriesApi, type ISeriesMarkersPluginApi, type Time, type UTCTimestamp,
} from 'lightweight-charts';
import type { CandleSeries, Row } from './candles';
import { decimalsOf, nearestTick } from './decimal';
import { priceText } from './format';

/*
 * The candles of one symbol, drawn by lightweight-charts. Levels of alerts are drawn by LevelLayer on top; it hears of
 * every redraw through `onLayout`.
 */
const kVolumeShare = 0.82;
const kTickUnknown = '0.01';
const kBarsShown = 120;
const kReach = 0.4;
const kEarlierBars = 20;
const kRightBars = 5;
const kDayMs = 86_400_000;
const kMarks: Intl.DateTimeFormatOptions[] = [{ year: 'numeric' }, { month: 'short' }, { month: 'short', day: 'numeric' }, { hour: '2-digit', minute: '2-digit', hour12: false }];

export interface Point {
    x: number;
    y: number;
}

/** Where an alert fired, or would have fired. */
export interface FireMark {
    time: number;
    price: number;
    preview: boolean;
}

interface ChartEvents {
    /** A click at a level. */
    onPick: (price: string, point: Point) => void;
    onHover: (row: Row | null) => void;
    /** The left end is near. */
    onEarlier: () => void;
    onLayout: () => void;
    /** Whether the newest candle is out of view. */
    onScroll: (away: boolean) => void;
}

interface Colors {
    up: string;
    down: string;
    upSoft: string;
    downSoft: string;
    accent: string;
    preview: string;
}

export class PriceChart {
    tick = kTickUnknown;
    private readonly chart: IChartApi;
    private readonly candles: ISeriesApi<'Candlestick'>;
    private readonly volume: ISeriesApi<'Histogram'>;
    private readonly markers: ISeriesMarkersPluginApi<Time>;
    private colors: Colors = { up: '', down: '', upSoft: '', downSoft: '', accent: '', preview: '' };
    private series: CandleSeries | null = null;
    private drawnTo = 0;
    private reach: number[] = [];

    constructor(
        private readonly container: HTMLElement,
        { onPick, onHover, onEarlier, onLayout, onScroll }: ChartEvents,
    ) {
        this.chart = createChart(container, {
            autoSize: true,
            layout: { attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
            crosshair: { mode: CrosshairMode.Normal },
            rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.22 }, borderVisible: false, minimumWidth: 76 },
            timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: 6, minBarSpacing: 1.5, tickMarkFormatter: (time: Time, type: number) => this.tickMark(Number(time), type) },
            localization: { timeFormatter: (time: Time) => this.timeText(Number(time)), priceFormatter: (value: number) => priceText(value.toFixed(decimalsOf(this.tick)), this.tick) },
            // A finger that moves up or down scrolls the page; the chart has the sideways moves.
            handleScroll: { vertTouchDrag: false },
        });
        this.candles = this.chart.addSeries(CandlestickSeries, { borderVisible: false, autoscaleInfoProvider: (original: () => AutoscaleInfo | null) => this.withLevels(original()) });
        this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: 'volume', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false });
        this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: kVolumeShare, bottom: 0 } });
        this.markers = createSeriesMarkers(this.candles, []);
        this.candles.attachPrimitive({ updateAllViews: onLayout, paneViews: () => [] });
        this.chart.subscribeClick(({ point }) => point && this.pick(point, onPick));
        this.chart.subscribeCrosshairMove(({ time }) => onHover(time === undefined ? null : this.rowAt(Number(time))));
        this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
            const count = this.series?.rows.length;
            if (!range || !count) return;
            onScroll(range.to < count - 2);
            if (range.from < kEarlierBars) onEarlier();
        });
        this.applyTheme();
    }

    /** Draws this series from scratch and shows its end. */
    show(series: CandleSeries, tick: string | undefined): void {
        this.series = series;
        this.setTick(tick);
        this.redraw();
        this.showEnd();
    }

    showEnd(): void {
        const count = this.series?.rows.length ?? 0;
        if (count > 0) this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(count - this.barsShown(), -5), to: count + kRightBars });
        this.candles.priceScale().applyOptions({ autoScale: true });
    }

    setTick(tick: string | undefined): void {
        if (!tick || tick === this.tick) return;
        this.tick = tick;
        this.candles.applyOptions({ priceFormat: { type: 'price', precision: decimalsOf(tick), minMove: Number(tick) } });
    }

    /** Everything, keeping what is in view; `added` rows came in front. */
    redraw(added = 0): void {
        if (!this.series) return;
        const scale = this.chart.timeScale();
        const range = scale.getVisibleLogicalRange();
        this.drawnTo = this.series.last?.t ?? 0;
        this.candles.setData(this.series.rows.map(bar));
        this.volume.setData(this.series.rows.map((row) => this.volumeBar(row)));
        if (range && added > 0) scale.setVisibleLogicalRange({ from: range.from + added, to: range.to + added });
    }

    /** Only what follows row `from`. */
    redrawEnd(from: number): void {
        for (const row of this.series?.rows.slice(from) ?? []) {
            const earlier = row.t < this.drawnTo;
            this.candles.update(bar(row), earlier);
            this.volume.update(this.volumeBar(row), earlier);
            this.drawnTo = Math.max(this.drawnTo, row.t);
        }
    }

    /** Marks where alerts fired, or would have. */
    setFires(fires: FireMark[]): void {
        if (!this.series?.first) return this.markers.setMarkers([]);
        const { intervalMs: ms, first } = this.series;
        const marks = fires.map(({ time, price, preview }) => ({
            time: ((Math.floor(time / ms) * ms) / 1000) as UTCTimestamp,
            position: 'atPriceMiddle' as const,
            price,
            shape: preview ? ('square' as const) : ('circle' as const),
            size: preview ? 0.8 : 0.9,
            color: preview ? this.colors.preview : this.colors.accent,
        }));
        this.markers.setMarkers(marks.filter(({ time }) => time * 1000 >= first.t).sort((a, b) => a.time - b.time));
    }

    /** Everything from this time to the newest candle. */
    showSince(time: number): void {
        if (!this.series?.first) return;
        const from = (time - this.series.first.t) / this.series.intervalMs;
        this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(0, from), to: this.series.rows.length + kRightBars });
    }

    /** Pixels from the top, or null where the price is not on the scale. */
    yOf(priceOfLevel: string): number | null {
        return this.candles.priceToCoordinate(Number(priceOfLevel));
    }

    /** The price under a pixel, a multiple of the tick; null outside. */
    priceAt(y: number): string | null {
        const value = this.candles.coordinateToPrice(y);
        return value === null || !(value > 0) ? null : nearestTick(value, this.tick);
    }

    /** How many ticks a pixel is worth at this zoom; at least one. */
    ticksPerPixel(): number {
        const [upper, lower] = [this.candles.coordinateToPrice(0), this.candles.coordinateToPrice(100)];
        if (upper === null || lower === null) return 1;
        return Math.max(1, Math.round(Math.abs(upper - lower) / 100 / Number(this.tick)));
    }

    /** Width and height of the part where candles are drawn. */
    paneSize(): { width: number; height: number } {
        return { width: this.chart.timeScale().width(), height: this.container.clientHeight - this.chart.timeScale().height() };
    }

    /** Levels that lie near the candles in view are to be in view too. */
    setReach(prices: number[]): void {
        this.reach = prices;
        this.candles.priceScale().applyOptions({});
    }

    private withLevels(info: AutoscaleInfo | null): AutoscaleInfo | null {
        if (!info?.priceRange) return info;
        const { minValue, maxValue } = info.priceRange;
        const margin = kReach * (maxValue - minValue);
        const near = this.reach.filter((price) => price > minValue - margin && price < maxValue + margin);
        return { ...info, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } };
    }

    /** While a level is dragged the chart keeps still. */
    freeze(frozen: boolean): void {
        this.chart.applyOptions({ handleScroll: frozen ? false : { mouseWheel: true, pressedMouseMove: true, horzTouchDrag: true, vertTouchDrag: false }, handleScale: !frozen });
    }

    /** Takes the colours of the page's style. */
    applyTheme(): void {
        // The style names two colours each, by theme: an element knows which one holds.
        const probe = document.createElement('span');
        document.body.append(probe);
        const color = (name: string): string => {
            probe.style.color = `var(--${name})`;
            return getComputedStyle(probe).color;
        };
        this.colors = { up: color('up'), down: color('down'), upSoft: color('up-soft'), downSoft: color('down-soft'), accent: color('accent'), preview: color('preview') };
        const line = { color: color('line') };
        const crosshair = { color: color('muted'), labelBackgroundColor: color('chart-label') };
        this.chart.applyOptions({
            layout: { background: { color: color('chart') }, textColor: color('muted') },
            grid: { vertLines: line, horzLines: line },
            crosshair: { vertLine: crosshair, horzLine: crosshair },
        });
        const { up, down } = this.colors;
        probe.remove();
        this.candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
        if (this.series) this.redraw();
    }

    private pick(point: Point, onPick: ChartEvents['onPick']): void {
        const priceThere = this.priceAt(point.y);
        if (priceThere !== null && this.series?.rows.length) onPick(priceThere, point);
    }

    private rowAt(time: number): Row | null {
        if (!this.series?.first) return null;
        const { rows, intervalMs, first } = this.series;
        const guess = rows[Math.round((time * 1000 - first.t) / intervalMs)];
        return guess?.t === time * 1000 ? guess : (rows.find((row) => row.t === time * 1000) ?? null);
    }

    private barsShown(): number {
        return Math.max(40, Math.min(kBarsShown, Math.floor(this.container.clientWidth / 7)));
    }

    private volumeBar(row: Row) {
        return { time: timeOf(row), value: row.v, color: row.c >= row.o ? this.colors.upSoft : this.colors.downSoft };
    }

    private daily(): boolean {
        return (this.series?.intervalMs ?? 0) >= kDayMs;
    }

    /** Days are those of UTC, as the exchange counts them; shorter intervals stand in the reader's own time. */
    private options(): Intl.DateTimeFormatOptions {
        return this.daily() ? { timeZone: 'UTC' } : {};
    }

    private timeText(time: number): string {
        return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', ...(this.daily() ? {} : { timeStyle: 'short' }), ...this.options() }).format(time * 1000);
    }

    /** `type` counts from years (0) to times of day (3, 4). */
    private tickMark(time: number, type: number): string {
        return new Intl.DateTimeFormat(undefined, { ...kMarks[Math.min(type, 3)], ...this.options() }).format(time * 1000);
    }
}

function timeOf({ t }: Row): UTCTimestamp {
    return (t / 1000) as UTCTimestamp;
}

function bar(row: Row) {
    return { time: timeOf(row), open: row.o, high: row.h, low: row.l, close: row.c };
}
