import type { Candle } from './protocol';

export interface Interval {
    name: string;
    ms: number;
}

export const kIntervals: Interval[] = [
    { name: '1m', ms: 60_000 },
    { name: '5m', ms: 300_000 },
    { name: '15m', ms: 900_000 },
    { name: '1h', ms: 3_600_000 },
    { name: '4h', ms: 14_400_000 },
    { name: '1d', ms: 86_400_000 },
];
const kCandlesMax = 20_000;

export interface Row {
    t: number;
    o: number;
    h: number;
    l: number;
    c: number;
    v: number;
    /** When a live price moved it; absent where the server's word is the newest. */
    liveTime?: number;
}

/** Candles of one symbol and interval in order of time, as the server gave them and as live prices move the last one. */
export class CandleSeries {
    readonly rows: Row[] = [];

    constructor(readonly intervalMs: number) {}

    get last(): Row | undefined {
        return this.rows.at(-1);
    }

    get first(): Row | undefined {
        return this.rows[0];
    }

    /**
     * Takes rows of the server, which replace those of the same time: theirs are exact, live ones miss what happened
     * between two prices. Answers where the change begins, so that a chart can redraw only its end.
     */
    merge(items: Candle[]): number {
        const rows = items.map(fromServer);
        const [first, last] = [rows[0], rows.at(-1)];
        if (!first || !last) return this.rows.length;
        const from = lowerBound(this.rows, first.t);
        const to = lowerBound(this.rows, last.t + 1);
        const newest = this.rows.at(-1);
        this.rows.splice(from, to - from, ...rows);
        // A price that came after the server had written its answer.
        if (newest?.liveTime && newest.t === this.last?.t && newest.liveTime > (this.last.liveTime ?? 0)) this.onPrice(newest.c, newest.liveTime);
        const tooMany = Math.max(0, this.rows.length - kCandlesMax);
        this.rows.splice(0, tooMany);
        return Math.max(0, from - tooMany);
    }

    /** Moves the running candle, or begins the next one; false for a price of a candle that is closed already. */
    onPrice(price: number, time: number): boolean {
        const t = Math.floor(time / this.intervalMs) * this.intervalMs;
        const last = this.last;
        if (!last || t > last.t) {
            const open = last ? last.c : price;
            this.rows.push({ t, o: open, h: Math.max(open, price), l: Math.min(open, price), c: price, v: 0, liveTime: time });
            return true;
        }
        if (t < last.t) return false;
        Object.assign(last, { h: Math.max(last.h, price), l: Math.min(last.l, price), c: price, liveTime: time });
        return true;
    }
}

function fromServer({ t, o, h, l, c, v }: Candle): Row {
    return { t, o: Number(o), h: Number(h), l: Number(l), c: Number(c), v: Number(v) };
}

function lowerBound(rows: Row[], t: number): number {
    let [from, to] = [0, rows.length];
    while (from < to) {
        const middle = (from + to) >> 1;
        if (rows[middle]!.t < t) from = middle + 1;
        else to = middle;
    }
    return from;
}
