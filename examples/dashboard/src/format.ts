import { decimalsOf } from './decimal';

const kMinuteMs = 60_000;
const kHourMs = 60 * kMinuteMs;
const kDayMs = 24 * kHourMs;
const kUnitsMs: Record<string, number> = { ms: 1, s: 1000, m: kMinuteMs, h: kHourMs, d: kDayMs };
const kClock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const kDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const kDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
const kCompact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });

/** A derived number as the server writes it: a text or a number; null where there are too few values. */
type Figure = string | number | null | undefined;

/** A decimal text with thousands marked; digits are not touched but for the zeros after the point. */
export function priceText(text: string | null | undefined, tick?: string): string {
    if (text === null || text === undefined) return '–';
    const [whole = '', fraction = ''] = text.split('.');
    const kept = fraction.replace(/0+$/, '').padEnd(tick ? decimalsOf(tick) : 0, '0');
    return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (kept ? `.${kept}` : '');
}

/** A derived number (mean, deviation) with a sensible count of digits. */
export function numberText(value: Figure, digits = 6): string {
    const number = Number(value);
    if (value === null || value === undefined || !Number.isFinite(number)) return '–';
    return number.toLocaleString('en', { maximumSignificantDigits: digits });
}

export function compactText(value: Figure): string {
    const number = Number(value);
    return value === null || value === undefined || !Number.isFinite(number) ? '–' : kCompact.format(number);
}

/** `+1.24 %`; the sign is a word of its own kind, so that colour is never the only sign. */
export function percentText(value: Figure, digits = 2, signed = true): string {
    const number = Number(value);
    if (value === null || value === undefined || !Number.isFinite(number)) return '–';
    return `${signed && number > 0 ? '+' : number < 0 ? '−' : ''}${Math.abs(number).toFixed(digits)} %`;
}

/** `up`, `down` or `flat`: class names. */
export function trend(value: Figure): string {
    const number = Number(value);
    return number > 0 ? 'up' : number < 0 ? 'down' : 'flat';
}

/** Milliseconds of a duration as the server writes it: `500ms`, `90s`, `5m`, `1h`, `2d`; 0 for null. */
export function durationMs(text: string | null): number {
    const found = /^(\d+)(ms|s|m|h|d)$/.exec(text ?? '');
    return found ? Number(found[1]) * kUnitsMs[found[2]!]! : 0;
}

export function clockText(time: number): string {
    return kClock.format(time);
}

export function dateText(time: number): string {
    return kDate.format(time);
}

/** Day and minute: what is long ago. */
export function dayText(time: number): string {
    return kDay.format(time);
}

/** Short and rough: `now`, `4 min ago`, else the date. */
export function agoText(time: number, now = Date.now()): string {
    const age = now - time;
    if (age < 10_000) return 'now';
    if (age < kMinuteMs) return `${Math.floor(age / 1000)} s ago`;
    if (age < kHourMs) return `${Math.floor(age / kMinuteMs)} min ago`;
    if (age < kDayMs) return kClock.format(time);
    return kDay.format(time);
}
