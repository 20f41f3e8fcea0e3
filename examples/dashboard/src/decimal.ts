/*
 * Prices are decimals of at most 8 places. They are compared, rounded and sent as exact integers of 1e-8; numbers of
 * the language are only for pixels and percentages.
 */
const kPlaces = 8;
const kUnit = 10n ** BigInt(kPlaces);
const kForm = /^(\d{1,11})(?:\.(\d{1,8}))?$/;

/** Integer of 1e-8, or null where the text is no such decimal. */
export function toUnits(text: string): bigint | null {
    const found = kForm.exec(text.trim());
    if (!found) return null;
    return BigInt(found[1]!) * kUnit + BigInt((found[2] ?? '').padEnd(kPlaces, '0'));
}

/** For what is known to be a decimal: the server's, or one that was checked. */
function unitsOf(text: string): bigint {
    const units = toUnits(text);
    if (units === null) throw new RangeError(`${text} is no decimal`);
    return units;
}

/** Without superfluous zeros: `70000`, `0.00001216`. */
export function fromUnits(units: bigint): string {
    const digits = units.toString().padStart(kPlaces + 1, '0');
    const fraction = digits.slice(-kPlaces).replace(/0+$/, '');
    return digits.slice(0, -kPlaces) + (fraction ? `.${fraction}` : '');
}

/** -1, 0 or 1; both must be decimals. */
export function compareDecimals(a: string, b: string): number {
    const [left, right] = [unitsOf(a), unitsOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
}

/** Digits after the point that prices of this tick size have: 2 for `0.01`. */
export function decimalsOf(tick: string): number {
    return (fromUnits(toUnits(tick) ?? 1n).split('.')[1] ?? '').length;
}

/** The multiple of `tick` nearest to a number that stands for a pixel; at least one tick. */
export function nearestTick(value: number, tick: string): string {
    const step = unitsOf(tick);
    const units = BigInt(Math.max(0, Math.round(value * 1e8)));
    const rounded = ((units + step / 2n) / step) * step;
    return fromUnits(rounded < step ? step : rounded);
}

/** `price` moved by `count` ticks, at least one tick. */
export function stepByTicks(price: string, tick: string, count: number): string {
    const step = unitsOf(tick);
    const moved = unitsOf(price) + step * BigInt(count);
    return fromUnits(moved < step ? step : moved);
}
