/*
 * The kinds of conditions, as forms: which parameters each has, what they mean, and how they become the protocol's
 * `when`. The server judges what may be given; the form only helps.
 */
import type { Kind, When } from './protocol';

export type Choice = [value: string, text: string];

export interface Field {
    name: string;
    label: string;
    type: 'price' | 'duration' | 'choice' | 'amount' | 'percent' | 'decimal' | 'anchor';
    value?: string;
    hint?: string;
    optional?: boolean;
    choices?: Choice[];
}

export interface KindInfo {
    kind: Kind;
    label: string;
    group: string;
    fields: Field[];
    /** Fires by itself, without `for`, `initial` and `rearm`. */
    event?: boolean;
}

/** The texts of a form by parameter; `initial` is a box. */
export interface Values {
    initial?: boolean;
    [name: string]: string | boolean | undefined;
}

const kDirections: Choice[] = [['both', 'either way'], ['up', 'up'], ['down', 'down']];
const price = (name: string, label: string): Field => ({ name, label, type: 'price' });
const windowField = (value: string, hint: string): Field => ({ name: 'window', label: 'Within', type: 'duration', value, hint });
const directionField: Field = { name: 'direction', label: 'Direction', type: 'choice', choices: kDirections, value: 'both' };
const amountField = (value: string): Field => ({ name: 'amount', label: 'By', type: 'amount', value, hint: 'a percentage such as 2%, or an amount in the quote currency' });
const rearmField: Field = { name: 'rearm', label: 'Ready again at', type: 'price', optional: true, hint: 'after a fire the price must come back to here first' };

export const kKinds: KindInfo[] = [
    { kind: 'above', label: 'Goes above', group: 'Price level', fields: [price('price', 'Price'), rearmField] },
    { kind: 'below', label: 'Goes below', group: 'Price level', fields: [price('price', 'Price'), rearmField] },
    { kind: 'cross', label: 'Crosses, either way', group: 'Price level', fields: [price('price', 'Price')], event: true },
    { kind: 'cross_up', label: 'Crosses upwards', group: 'Price level', fields: [price('price', 'Price')], event: true },
    { kind: 'cross_down', label: 'Crosses downwards', group: 'Price level', fields: [price('price', 'Price')], event: true },
    { kind: 'enter', label: 'Enters a range', group: 'Price range', fields: [price('low', 'From'), price('high', 'To')] },
    { kind: 'exit', label: 'Leaves a range', group: 'Price range', fields: [price('low', 'From'), price('high', 'To')] },
    { kind: 'move', label: 'Moves by', group: 'Movement', fields: [amountField('2%'), directionField, { name: 'anchor', label: 'Counted from', type: 'anchor', value: 'arming', hint: 'arming, last_fire, or a price' }] },
    { kind: 'change', label: 'Changes within a time', group: 'Movement', fields: [{ name: 'pct', label: 'By', type: 'percent', value: '3' }, windowField('15m', '10s to 24h'), directionField] },
    { kind: 'trail', label: 'Turns from its extreme', group: 'Movement', fields: [amountField('2%'), { name: 'side', label: 'Turning', type: 'choice', value: 'down', choices: [['down', 'down from the highest'], ['up', 'up from the lowest']] }] },
    {
        kind: 'spike', label: 'Spikes against its mean', group: 'Activity',
        fields: [
            { name: 'metric', label: 'What', type: 'choice', value: 'volume', choices: [['volume', 'volume'], ['quote_volume', 'quote volume'], ['trades', 'number of trades'], ['price', 'price']] },
            { name: 'factor', label: 'Times its mean', type: 'decimal', value: '3' },
            windowField('1h', 'the mean is over this time'),
            { name: 'bucket', label: 'Per', type: 'duration', value: '1m', optional: true, hint: 'whole minutes' },
        ],
    },
    { kind: 'volatility', label: 'Becomes volatile', group: 'Activity', fields: [{ name: 'value', label: 'Deviation', type: 'percent', value: '0.5', hint: 'of the returns by minute' }, windowField('1h', 'whole minutes, 3m to 7d')] },
];

export function kindInfo(kind: Kind): KindInfo {
    return kKinds.find((info) => info.kind === kind) ?? kKinds[0]!;
}

/** The member of `when` that a level on the chart stands for; a condition without a level answers an empty list. */
export function levelsOf(when: When): { name: string; price: string }[] {
    return ['price', 'low', 'high'].flatMap((name) => (typeof when[name] === 'string' ? [{ name, price: when[name] }] : []));
}

/** `when` from the texts of a form; empty optional ones are left away. */
export function whenOf(kind: Kind, values: Values): When {
    const when: When = { kind };
    const textOf = (name: string) => String(values[name] ?? '').trim();
    for (const field of kindInfo(kind).fields) {
        const text = textOf(field.name);
        if (!text && field.optional) continue;
        if (field.type === 'amount') when[text.endsWith('%') ? 'pct' : 'abs'] = text.replace(/\s*%$/, '');
        else if (field.type === 'percent') when[field.name] = text.replace(/\s*%$/, '');
        else when[field.name] = text.replaceAll(',', '');
    }
    if (!kindInfo(kind).event) {
        if (textOf('for')) when.for = textOf('for');
        if (values.initial !== undefined && values.initial !== initialByDefault(kind)) when.initial = values.initial;
    }
    return when;
}

/** The texts of a form that `whenOf` would make this `when` of. */
export function valuesOf(when: When): Values {
    const values: Values = {};
    for (const field of kindInfo(when.kind).fields) {
        if (field.type === 'amount') values[field.name] = when.pct !== undefined ? `${when.pct}%` : when.abs;
        else values[field.name] = when[field.name] ?? (field.optional ? '' : field.value);
    }
    return { ...values, for: when.for ?? '', initial: when.initial ?? initialByDefault(when.kind) };
}

export function initialByDefault(kind: Kind): boolean {
    return kind !== 'enter' && kind !== 'exit';
}

/** A line of the text form with the symbol on the page in front where the line begins with a kind. */
export function completeLine(line: string, symbol: string): string {
    const first = line.trim().split(/\s+/)[0]?.toLowerCase();
    return kKinds.some(({ kind }) => kind === first) ? `${symbol} ${line.trim()}` : line.trim();
}
