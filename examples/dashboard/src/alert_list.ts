import { Alerts } from './alerts';
import { compareDecimals } from './decimal';
import { h, icon, iconButton, part, reconcile, setText } from './dom';
import { agoText, dateText, priceText } from './format';
import { levelsOf } from './kinds';
import type { Market } from './market';
import type { Alert, AlertStateName } from './protocol';
import { messageOf } from './toasts';

const kStates: Record<AlertStateName, string> = { pending: 'Arming', warming: 'Warming up', armed: 'Armed', holding: 'Holding', cooldown: 'Resting', done: 'Done', paused: 'Paused', expired: 'Expired', halted: 'Halted' };
const kStateHints: Partial<Record<AlertStateName, string>> = {
    pending: 'Stored; the receipt of its first trade is on its way',
    warming: 'Loading what it looks back on',
    armed: 'Every trade is judged',
    holding: 'The condition is true; waiting for it to hold long enough',
    cooldown: 'Fired, and rests',
    done: 'Fired once',
    halted: 'The exchange has halted this symbol',
};
const kDistanceEveryMs = 400;
const kFarPercent = 1000;
const kAgesEveryMs = 15_000;
const kWaiting = new Set<AlertStateName>(['pending', 'warming', 'armed', 'holding', 'cooldown', 'halted']);

/** What can be done with an alert; a failure is told by whoever does it. */
export interface AlertActions {
    show: (alert: Alert) => void;
    edit: (alert: Alert) => void;
    preview: (alert: Alert) => void;
    pause: (alert: Alert) => void;
    rearm: (alert: Alert) => void;
    remove: (alert: Alert) => void;
    removeEnded: () => void;
    /** Rejects with why not. */
    createLine: (line: string) => Promise<unknown>;
}

interface ListDeps {
    alerts: Alerts;
    market: Market;
    actions: AlertActions;
    symbol: () => string;
}

/** The alerts as a list, with one line to type a new one. */
export class AlertList {
    private readonly line = h('input', { class: 'line-input', autocomplete: 'off', spellcheck: 'false', 'aria-label': 'New alert as a line of text', placeholder: 'above 70000 once note "sell"', oninput: () => (this.error.textContent = '') });
    private readonly error = h('p', { class: 'form-error', role: 'alert' });
    private readonly filter = h('input', { type: 'checkbox', onchange: () => this.render() });
    private readonly filterText = h('span');
    private readonly clear: HTMLButtonElement;
    private readonly list = h('ul', { class: 'rows', 'aria-label': 'Your alerts' });
    private readonly empty = h('div', { class: 'empty', hidden: true }, icon('bell'), h('p', { class: 'empty-title', text: 'No alerts yet' }), h('p', { text: 'Click the chart at a price, or type a line above: below 65000, move 2%, spike volume 3 over 1h.' }));
    private canPreview = false;
    private timer: ReturnType<typeof setTimeout> | null = null;

    constructor(
        root: HTMLElement,
        private readonly deps: ListDeps,
    ) {
        const { alerts, market, actions } = deps;
        this.clear = h('button', { type: 'button', class: 'plain small', hidden: true, onclick: () => actions.removeEnded() });
        root.append(
            h('form', { class: 'line-form', onsubmit: (event) => void this.onLine(event) }, this.line, h('button', { type: 'submit', class: 'plain' }, 'Add')),
            this.error,
            h('div', { class: 'panel-tools spread' }, h('label', { class: 'check' }, this.filter, this.filterText), this.clear),
            this.empty,
            this.list,
        );
        alerts.on('change', () => this.render());
        market.on('price', () => this.renderSoon());
        setInterval(() => this.renderSoon(), kAgesEveryMs);
    }

    allowPreview(allowed: boolean): void {
        this.canPreview = allowed;
        this.render();
    }

    render(): void {
        const { alerts, symbol } = this.deps;
        const all = alerts.all();
        const shown = all.filter((alert) => !this.filter.checked || alert.symbol === symbol());
        setText(this.filterText, `Only ${symbol()}`);
        const ended = all.filter(Alerts.hasEnded).length;
        part(this.list.parentElement!, '.panel-tools').hidden = all.length === 0;
        this.clear.hidden = ended === 0;
        setText(this.clear, `Remove ${ended} finished`);
        this.empty.hidden = !alerts.loaded || shown.length > 0;
        reconcile(this.list, shown, { key: ({ id }) => id, make: (alert) => this.make(alert.id), render: (alert, row) => this.renderRow(alert, row) });
    }

    /** Prices come many times a second; their distances need not be told as often. */
    private renderSoon(): void {
        this.timer ??= setTimeout(() => {
            this.timer = null;
            this.render();
        }, kDistanceEveryMs);
    }

    private async onLine(event: SubmitEvent): Promise<void> {
        event.preventDefault();
        if (!this.line.value.trim()) return;
        this.error.textContent = '';
        try {
            await this.deps.actions.createLine(this.line.value);
            this.line.value = '';
        } catch (error) {
            this.error.textContent = messageOf(error);
        }
    }

    private make(id: string): HTMLElement {
        const { alerts, actions } = this.deps;
        const run = (act: (alert: Alert) => void) => () => {
            const alert = alerts.get(id);
            if (alert) act(alert);
        };
        return h(
            'li', { class: 'alert-row' },
            h('div', { class: 'alert-main' },
                h('div', { class: 'alert-top' }, h('button', { type: 'button', class: 'symbol-link', onclick: run(actions.show) }), h('span', { class: 'state' }), h('span', { class: 'distance' })),
                h('div', { class: 'alert-text' }), h('div', { class: 'alert-note' }), h('div', { class: 'alert-facts' })),
            h('div', { class: 'alert-actions' },
                iconButton('history', 'Preview', run(actions.preview), { 'data-do': 'preview' }),
                iconButton('pause', 'Pause', run(actions.pause), { 'data-do': 'pause' }), iconButton('play', 'Arm again', run(actions.rearm), { 'data-do': 'rearm' }),
                iconButton('edit', 'Change', run(actions.edit)), iconButton('trash', 'Remove', run(actions.remove))));
    }

    private renderRow(alert: Alert, row: HTMLElement): void {
        const waiting = kWaiting.has(alert.state);
        row.dataset.state = alert.state;
        row.setAttribute('aria-label', `${alert.text}, ${kStates[alert.state]}`);
        setText(part(row, '.symbol-link'), alert.symbol);
        setText(part(row, '.state'), kStates[alert.state]);
        part(row, '.state').title = kStateHints[alert.state] ?? '';
        setText(part(row, '.alert-text'), wordsOf(alert, this.deps.market.tick(alert.symbol)));
        setText(part(row, '.alert-note'), alert.note ?? '');
        setText(part(row, '.distance'), waiting ? this.distance(alert) : '');
        setText(part(row, '.alert-facts'), factsOf(alert));
        part(row, '[data-do=preview]').hidden = !this.canPreview;
        part(row, '[data-do=pause]').hidden = !waiting;
        part(row, '[data-do=rearm]').hidden = waiting;
    }

    /** How far the price is from the nearest level, in percent of the price. */
    private distance({ symbol, when }: Alert): string {
        const price = this.deps.market.price(symbol)?.price;
        const levels = levelsOf(when);
        const [first] = levels;
        if (!price || !first) return '';
        const away = Math.min(...levels.map((level) => Math.abs(Number(level.price) / Number(price) - 1))) * 100;
        const arrow = levels.length > 1 ? '' : compareDecimals(first.price, price) > 0 ? '↑ ' : '↓ ';
        if (away >= kFarPercent) return 'far away';
        return `${arrow}${away.toFixed(away < 1 ? 2 : away < 100 ? 1 : 0)} %`;
    }
}

/** The canonical text without its symbol; prices in it as on the chart. */
function wordsOf({ symbol, text, when }: Alert, tick: string | undefined): string {
    let words = text.startsWith(`${symbol} `) ? text.slice(symbol.length + 1) : text;
    for (const { price } of levelsOf(when)) words = words.replace(price, priceText(price, tick));
    return words.replace('cross_up', 'cross up').replace('cross_down', 'cross down');
}

function factsOf(alert: Alert): string {
    const facts: string[] = [];
    if (alert.fires > 0) facts.push(`fired ${alert.fires === 1 ? 'once' : `${alert.fires} times`}${alert.last_fired ? `, last ${agoText(alert.last_fired)}` : ''}`);
    if (alert.expires && !Alerts.hasEnded(alert)) facts.push(`until ${dateText(alert.expires)}`);
    if (alert.key) facts.push(`key ${alert.key}`);
    if (alert.channels?.length === 0) facts.push('history only');
    return facts.join(' · ');
}
