import { h, iconButton } from './dom.js';
import { compareDecimals, stepByTicks, toUnits } from './decimal.js';

/**
 * The small form that a click on the chart opens: a level, its side chosen by where the price is, two keystrokes from
 * being armed. Not modal: the chart goes on behind it.
 */
export class QuickAlert {
    /** `onCreate(params)` promises; `onMore(params)` opens the full form. */
    constructor(form, { onCreate, onMore }) {
        Object.assign(this, { form, onCreate, onMore });
        this.kind = h('select', { 'aria-label': 'When the price', onchange: () => (this.chosen = true) }, kKinds.map(([value, text]) => h('option', { value, text })));
        this.price = h('input', { inputmode: 'decimal', autocomplete: 'off', 'aria-label': 'Price', class: 'number', oninput: () => this.guessKind(), onkeydown: (event) => this.onArrow(event) });
        this.once = h('input', { type: 'checkbox', checked: true });
        this.note = h('input', { placeholder: 'Note (optional)', maxlength: 500, autocomplete: 'off', 'aria-label': 'Note' });
        this.error = h('p', { class: 'form-error', role: 'alert' });
        this.submit = h('button', { type: 'submit', class: 'primary' }, 'Create alert');
        form.setAttribute('aria-label', 'New alert at this level');
        form.append(
            h('div', { class: 'quick-head' }, h('strong', { class: 'quick-symbol' }), iconButton('close', 'Close', () => this.close())),
            h('div', { class: 'quick-row' }, this.kind, this.price),
            this.note,
            this.error,
            h('div', { class: 'quick-row spread' }, h('label', { class: 'check' }, this.once, 'Only once'), h('span', { class: 'row' }, h('button', { type: 'button', class: 'plain', onclick: () => this.more() }, 'More…'), this.submit)),
        );
        form.addEventListener('submit', (event) => this.onSubmit(event));
        form.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
    }

    /** At a point of the chart; `current` is the latest price or null. */
    open({ symbol, price, tick, current, point, within }) {
        Object.assign(this, { symbol, tick, current, chosen: false, opener: document.activeElement });
        this.form.querySelector('.quick-symbol').textContent = `Alert on ${symbol}`;
        this.price.value = price;
        this.note.value = '';
        this.error.textContent = '';
        this.guessKind();
        this.form.hidden = false;
        const [width, height] = [this.form.offsetWidth, this.form.offsetHeight];
        const left = Math.max(8, Math.min(point.x - width / 2, within.width - width - 8));
        const below = point.y + 18 + height <= within.height;
        this.form.style.left = `${left}px`;
        this.form.style.top = `${below ? point.y + 18 : Math.max(8, point.y - height - 18)}px`;
        this.price.focus();
        this.price.select();
    }

    close() {
        if (this.form.hidden) return;
        const hadFocus = this.form.contains(document.activeElement);
        this.form.hidden = true;
        if (hadFocus && this.opener?.isConnected) this.opener.focus();
    }

    /** Above where the level lies over the price, below where it lies under it, until somebody chooses. */
    guessKind() {
        if (this.chosen || toUnits(this.price.value) === null) return;
        if (this.current) this.kind.value = compareDecimals(this.price.value, this.current) >= 0 ? 'above' : 'below';
    }

    onArrow(event) {
        const steps = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!steps || toUnits(this.price.value) === null) return;
        event.preventDefault();
        this.price.value = stepByTicks(this.price.value, this.tick, steps * (event.shiftKey ? 100 : 1));
        this.guessKind();
    }

    params() {
        const note = this.note.value.trim();
        return { symbol: this.symbol, when: { kind: this.kind.value, price: this.price.value.trim().replaceAll(',', '') }, mode: this.once.checked ? 'once' : 'every', ...(note && { note }) };
    }

    more() {
        this.close();
        this.onMore(this.params());
    }

    async onSubmit(event) {
        event.preventDefault();
        this.submit.disabled = true;
        this.error.textContent = '';
        try {
            await this.onCreate(this.params());
            this.close();
        } catch (error) {
            this.error.textContent = error.message;
        } finally {
            this.submit.disabled = false;
        }
    }
}

const kKinds = [['above', 'goes above'], ['below', 'goes below'], ['cross', 'crosses'], ['cross_up', 'crosses upwards'], ['cross_down', 'crosses downwards']];
