import { h, icon, iconButton, reconcile, setText } from './dom.js';
import { Alerts } from './alerts.js';
import { compareDecimals } from './decimal.js';
import { agoText, dateText, priceText } from './format.js';
import { levelsOf } from './kinds.js';

const kStates = { pending: 'Arming', warming: 'Warming up', armed: 'Armed', holding: 'Holding', cooldown: 'Resting', done: 'Done', paused: 'Paused', expired: 'Expired', halted: 'Halted' };
const kStateHints = {
    pending: 'Stored; the receipt of its first trade is on its way',
    warming: 'Loading what it looks back on',
    armed: 'Every trade is judged',
    holding: 'The condition is true; waiting for it to hold long enough',
    cooldown: 'Fired, and rests',
    done: 'Fired once',
    halted: 'The exchange has halted this symbol',
};
const kDistanceEveryMs = 400;
const kWaiting = new Set(['pending', 'warming', 'armed', 'holding', 'cooldown', 'halted']);

/** The alerts as a list, with one line to type a new one. */
export class AlertList {
    constructor(root, { alerts, market, actions, symbol }) {
        Object.assign(this, { alerts, market, actions, symbol });
        this.onlySymbol = false;
        this.line = h('input', { class: 'line-input', autocomplete: 'off', spellcheck: 'false', 'aria-label': 'New alert as a line of text', placeholder: 'above 70000 once note "sell"', oninput: () => (this.error.textContent = '') });
        this.error = h('p', { class: 'form-error', role: 'alert', id: 'line-error' });
        this.filter = h('input', { type: 'checkbox', onchange: () => ((this.onlySymbol = this.filter.checked), this.render()) });
        this.filterText = h('span');
        this.clear = h('button', { type: 'button', class: 'plain small', hidden: true, onclick: () => actions.removeEnded() });
        this.list = h('ul', { class: 'rows', 'aria-label': 'Your alerts' });
        this.empty = h('div', { class: 'empty' }, icon('bell'), h('p', { class: 'empty-title', text: 'No alerts yet' }), h('p', { text: 'Click the chart at a price, or type a line above: below 65000, move 2%, spike volume 3 over 1h.' }));
        root.append(
            h('form', { class: 'line-form', onsubmit: (event) => this.onLine(event) }, this.line, h('button', { type: 'submit', class: 'plain' }, 'Add')),
            this.error,
            h('div', { class: 'panel-tools spread' }, h('label', { class: 'check' }, this.filter, this.filterText), this.clear),
            this.empty,
            this.list,
        );
        alerts.addEventListener('change', () => this.render());
        market.addEventListener('price', () => this.renderSoon());
        setInterval(() => this.renderSoon(), 15_000);
    }

    async onLine(event) {
        event.preventDefault();
        if (!this.line.value.trim()) return;
        this.error.textContent = '';
        try {
            await this.actions.createLine(this.line.value);
            this.line.value = '';
        } catch (error) {
            this.error.textContent = error.message;
        }
    }

    /** Prices come many times a second; their distances need not be told as often. */
    renderSoon() {
        this.timer ??= setTimeout(() => {
            this.timer = null;
            this.render();
        }, kDistanceEveryMs);
    }

    render() {
        const shown = this.alerts.all().filter(({ symbol }) => !this.onlySymbol || symbol === this.symbol());
        setText(this.filterText, `Only ${this.symbol()}`);
        const ended = this.alerts.all().filter(Alerts.hasEnded).length;
        this.clear.hidden = ended === 0;
        setText(this.clear, `Remove ${ended} finished`);
        this.empty.hidden = !this.alerts.loaded || shown.length > 0;
        reconcile(this.list, shown, { key: ({ id }) => id, make: (alert) => this.make(alert.id), render: (alert, row) => this.renderRow(alert, row) });
    }

    make(id) {
        const run = (name) => () => this.actions[name](this.alerts.get(id));
        return h(
            'li', { class: 'alert-row' },
            h('div', { class: 'alert-main' },
                h('div', { class: 'alert-top' }, h('button', { type: 'button', class: 'symbol-link', onclick: run('show') }), h('span', { class: 'state' }), h('span', { class: 'distance' })),
                h('div', { class: 'alert-text' }), h('div', { class: 'alert-note' }), h('div', { class: 'alert-facts' })),
            h('div', { class: 'alert-actions' },
                iconButton('pause', 'Pause', run('pause'), { 'data-do': 'pause' }), iconButton('play', 'Arm again', run('rearm'), { 'data-do': 'rearm' }),
                iconButton('edit', 'Change', run('edit')), iconButton('trash', 'Remove', run('remove'))));
    }

    renderRow(alert, row) {
        const part = (name) => row.querySelector(name);
        row.dataset.state = alert.state;
        row.setAttribute('aria-label', `${alert.text}, ${kStates[alert.state]}`);
        setText(part('.symbol-link'), alert.symbol);
        setText(part('.state'), kStates[alert.state] ?? alert.state);
        part('.state').title = kStateHints[alert.state] ?? '';
        setText(part('.alert-text'), wordsOf(alert, this.market.tick(alert.symbol)));
        setText(part('.alert-note'), alert.note ?? '');
        setText(part('.distance'), kWaiting.has(alert.state) ? this.distance(alert) : '');
        setText(part('.alert-facts'), factsOf(alert));
        part('[data-do=pause]').hidden = !kWaiting.has(alert.state);
        part('[data-do=rearm]').hidden = kWaiting.has(alert.state);
    }

    /** How far the price is from the nearest level, in percent of the price. */
    distance({ symbol, when }) {
        const price = this.market.price(symbol)?.price;
        const levels = levelsOf(when);
        if (!price || levels.length === 0) return '';
        const away = Math.min(...levels.map((level) => Math.abs(Number(level.price) / Number(price) - 1))) * 100;
        const higher = levels.length === 1 && compareDecimals(levels[0].price, price) > 0;
        return `${levels.length > 1 ? '' : higher ? '↑ ' : '↓ '}${away.toFixed(away < 1 ? 2 : away < 100 ? 1 : 0)} %`;
    }
}

/** The canonical text without its symbol; prices in it as on the chart. */
function wordsOf({ symbol, text, when }, tick) {
    let words = text.startsWith(`${symbol} `) ? text.slice(symbol.length + 1) : text;
    for (const { price } of levelsOf(when)) words = words.replace(price, priceText(price, tick));
    return words.replace('cross_up', 'cross up').replace('cross_down', 'cross down');
}

function factsOf(alert) {
    const facts = [];
    if (alert.fires > 0) facts.push(`fired ${alert.fires === 1 ? 'once' : `${alert.fires} times`}${alert.last_fired ? `, last ${agoText(alert.last_fired)}` : ''}`);
    if (alert.expires && !Alerts.hasEnded(alert)) facts.push(`until ${dateText(alert.expires)}`);
    if (alert.key) facts.push(`key ${alert.key}`);
    if (alert.channels?.length === 0) facts.push('history only');
    return facts.join(' · ');
}
