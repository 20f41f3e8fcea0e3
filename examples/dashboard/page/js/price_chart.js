import { CandlestickSeries, CrosshairMode, HistogramSeries, createChart, createSeriesMarkers } from '../vendor/lightweight-charts.mjs';
import { decimalsOf, nearestTick } from './decimal.js';
import { priceText } from './format.js';

/*
 * The candles of one symbol, drawn by lightweight-charts. Levels of alerts are drawn by LevelLayer on top; it hears of
 * every redraw through `onLayout`.
 */
const kVolumeShare = 0.82;
const kTickUnknown = '0.01';
const kBarsShown = 120;
const kReach = 0.4;
const kEarlierBars = 20;

export class PriceChart {
    /** `onPick(price text, {x, y})`: a click at a level. `onHover(candle or null)`. `onEarlier()`: the left end is near.
     *  `onScroll(away)`: whether the newest candle is out of view. */
    constructor(container, { onPick, onHover, onEarlier, onLayout, onScroll }) {
        this.container = container;
        this.tick = kTickUnknown;
        this.chart = createChart(container, {
            autoSize: true,
            layout: { attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
            crosshair: { mode: CrosshairMode.Normal },
            rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.22 }, borderVisible: false, minimumWidth: 76 },
            timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: 6, minBarSpacing: 1.5, tickMarkFormatter: (time, type) => this.tickMark(time, type) },
            localization: { timeFormatter: (time) => this.timeText(time), priceFormatter: (value) => priceText(value.toFixed(decimalsOf(this.tick)), this.tick) },
            // A finger that moves up or down scrolls the page; the chart has the sideways moves.
            handleScroll: { vertTouchDrag: false },
        });
        this.candles = this.chart.addSeries(CandlestickSeries, { borderVisible: false, autoscaleInfoProvider: (original) => this.withLevels(original()) });
        this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: 'volume', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false });
        this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: kVolumeShare, bottom: 0 } });
        this.markers = createSeriesMarkers(this.candles, []);
        this.candles.attachPrimitive({ updateAllViews: onLayout, paneViews: () => [] });
        this.chart.subscribeClick(({ point }) => point && this.pick(point, onPick));
        this.chart.subscribeCrosshairMove(({ time }) => onHover(time === undefined ? null : this.rowAt(time)));
        this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
            const count = this.series?.rows.length;
            if (!range || !count) return;
            onScroll(range.to < count - 2);
            if (range.from < kEarlierBars) onEarlier();
        });
        this.applyTheme();
    }

    /** Draws this series from scratch and shows its end. */
    show(series, tick) {
        this.series = series;
        this.setTick(tick);
        this.redraw();
        this.showEnd();
    }

    showEnd() {
        const count = this.series.rows.length;
        if (count > 0) this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(count - this.barsShown(), -5), to: count + 5 });
        this.candles.priceScale().applyOptions({ autoScale: true });
    }

    setTick(tick) {
        if (!tick || tick === this.tick) return;
        this.tick = tick;
        this.candles.applyOptions({ priceFormat: { type: 'price', precision: decimalsOf(tick), minMove: Number(tick) } });
    }

    /** Everything, keeping what is in view; `added` rows came in front. */
    redraw(added = 0) {
        const scale = this.chart.timeScale();
        const range = scale.getVisibleLogicalRange();
        this.drawnTo = this.series.last?.t ?? 0;
        this.candles.setData(this.series.rows.map(bar));
        this.volume.setData(this.series.rows.map((row) => this.volumeBar(row)));
        if (range && added > 0) scale.setVisibleLogicalRange({ from: range.from + added, to: range.to + added });
    }

    /** Only what follows row `from`. */
    redrawEnd(from) {
        const { rows } = this.series;
        for (let i = from; i < rows.length; i += 1) {
            const earlier = rows[i].t < this.drawnTo;
            this.candles.update(bar(rows[i]), earlier);
            this.volume.update(this.volumeBar(rows[i]), earlier);
            this.drawnTo = Math.max(this.drawnTo, rows[i].t);
        }
    }

    /** Markers where alerts fired: [{time, price, kind, text}]. */
    setFires(fires) {
        const rows = this.series?.rows ?? [];
        if (rows.length === 0) return this.markers.setMarkers([]);
        const ms = this.series.intervalMs;
        const shown = fires.map(({ time, price, color, text }) => ({
            time: (Math.floor(time / ms) * ms) / 1000, position: 'atPriceMiddle', price, shape: 'circle', size: 0.9, color: color ?? this.colors.accent, text,
        }));
        this.markers.setMarkers(shown.filter(({ time }) => time * 1000 >= rows[0].t).sort((a, b) => a.time - b.time));
    }

    /** Pixels from the top, or null where the price is not on the scale. */
    yOf(priceOfLevel) {
        return this.candles.priceToCoordinate(Number(priceOfLevel));
    }

    /** The price under a pixel, a multiple of the tick; null outside. */
    priceAt(y) {
        const value = this.candles.coordinateToPrice(y);
        return value === null || !(value > 0) ? null : nearestTick(value, this.tick);
    }

    /** How many ticks a pixel is worth at this zoom; at least one. */
    ticksPerPixel() {
        const [upper, lower] = [this.candles.coordinateToPrice(0), this.candles.coordinateToPrice(100)];
        return Math.max(1, Math.round(Math.abs(upper - lower) / 100 / Number(this.tick)));
    }

    /** Width and height of the part where candles are drawn. */
    paneSize() {
        return { width: this.chart.timeScale().width(), height: this.container.clientHeight - this.chart.timeScale().height() };
    }

    /** Levels that lie near the candles in view are to be in view too. */
    setReach(prices) {
        this.reach = prices;
        this.candles.priceScale().applyOptions({});
    }

    withLevels(info) {
        if (!info?.priceRange) return info;
        const { minValue, maxValue } = info.priceRange;
        const margin = kReach * (maxValue - minValue);
        const near = (this.reach ?? []).filter((price) => price > minValue - margin && price < maxValue + margin);
        return { ...info, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } };
    }

    /** While a level is dragged the chart keeps still. */
    freeze(frozen) {
        this.chart.applyOptions({ handleScroll: frozen ? false : { mouseWheel: true, pressedMouseMove: true, horzTouchDrag: true, vertTouchDrag: false }, handleScale: !frozen });
    }

    /** Takes the colours of the page's style. */
    applyTheme() {
        // The style names two colours each, by theme: an element knows which one holds.
        const probe = document.createElement('span');
        document.body.append(probe);
        const color = (name) => {
            probe.style.color = `var(--${name})`;
            return getComputedStyle(probe).color;
        };
        this.colors = { up: color('up'), down: color('down'), upSoft: color('up-soft'), downSoft: color('down-soft'), accent: color('accent') };
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

    pick(point, onPick) {
        const priceThere = this.priceAt(point.y);
        if (priceThere !== null && this.series?.rows.length) onPick(priceThere, point);
    }

    rowAt(time) {
        const { rows, intervalMs } = this.series ?? { rows: [] };
        if (rows.length === 0) return null;
        const guess = Math.round((time * 1000 - rows[0].t) / intervalMs);
        return rows[guess]?.t === time * 1000 ? rows[guess] : (rows.find((row) => row.t === time * 1000) ?? null);
    }

    barsShown() {
        return Math.max(40, Math.min(kBarsShown, Math.floor(this.container.clientWidth / 7)));
    }

    volumeBar(row) {
        return { time: row.t / 1000, value: row.v, color: row.c >= row.o ? this.colors.upSoft : this.colors.downSoft };
    }

    /** Days are those of UTC, as the exchange counts them; shorter intervals stand in the reader's own time. */
    options() {
        return this.series?.intervalMs >= kDayMs ? { timeZone: 'UTC' } : {};
    }

    timeText(time) {
        const daily = this.series?.intervalMs >= kDayMs;
        return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', ...(daily ? {} : { timeStyle: 'short' }), ...this.options() }).format(time * 1000);
    }

    /** `type` counts from years (0) to times of day (3, 4). */
    tickMark(time, type) {
        return new Intl.DateTimeFormat(undefined, { ...kMarks[Math.min(type, 3)], ...this.options() }).format(time * 1000);
    }
}

const kDayMs = 86_400_000;
const kMarks = [{ year: 'numeric' }, { month: 'short' }, { month: 'short', day: 'numeric' }, { hour: '2-digit', minute: '2-digit', hour12: false }];

function bar({ t, o, h, l, c }) {
    return { time: t / 1000, open: o, high: h, low: l, close: c };
}
