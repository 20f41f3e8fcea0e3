import { field, h, iconButton } from './dom.js';
import { initialByDefault, kKinds, kindInfo, valuesOf, whenOf } from './kinds.js';

const kTypeHints = { price: 'e.g. 70000', percent: 'percent', duration: 'e.g. 30s, 5m, 1h', decimal: 'e.g. 3', amount: '2% or 500', anchor: 'arming' };
const kDecimals = new Set(['price', 'percent', 'decimal']);

/** The dialog for every kind of condition: makes an alert, or changes one. */
export class AlertForm {
    /** `onCreate(params)`, `onUpdate(id, set)`, `onPreview(params)` promise; `priceOf(symbol)` is the latest price, `channels()` what an alert can be announced to. */
    constructor({ symbols, channels, priceOf, onCreate, onUpdate, onPreview }) {
        Object.assign(this, { symbols, channels, priceOf, onCreate, onUpdate, onPreview });
        this.dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'alert-form-title' });
        document.body.append(this.dialog);
        this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
    }

    /** `params` as for `subscribe`, maybe half filled; with `alert` that one is changed. */
    open({ params, alert = null }) {
        this.alert = alert;
        const given = alert ?? params;
        this.kind = given.when?.kind ?? 'above';
        this.values = given.when ? valuesOf(given.when) : this.defaults(this.kind, given.symbol);
        this.build(given);
        this.dialog.showModal();
        this.kindSelect.focus();
    }

    defaults(kind, symbol) {
        const price = this.priceOf(symbol) ?? '';
        const values = { for: '', initial: initialByDefault(kind) };
        for (const field of kindInfo(kind).fields) values[field.name] = field.type === 'price' && !field.optional ? price : field.optional && field.name !== 'bucket' ? '' : (field.value ?? '');
        return values;
    }

    build({ symbol, mode = 'once', cooldown, expires, note, key, channels }) {
        const text = (value, props = {}) => h('input', { value: value ?? '', autocomplete: 'off', spellcheck: 'false', ...props });
        this.symbol = text(symbol, { list: 'symbol-names', required: true, disabled: this.alert !== null, class: 'number upper' });
        this.kindSelect = h('select', { onchange: () => this.changeKind() }, this.kindOptions());
        this.kindSelect.value = this.kind;
        this.fields = h('div', { class: 'form-grid' });
        this.mode = h('select', {}, [['once', 'once'], ['every', 'every time']].map(([value, label]) => h('option', { value, text: label })));
        this.mode.value = mode;
        this.cooldown = text(cooldown, { placeholder: 'none' });
        this.expires = text('', { placeholder: expires ? new Date(expires).toLocaleString() : 'never' });
        this.note = text(note, { maxlength: 500, placeholder: 'shown with each notification' });
        this.key = text(key, { placeholder: 'none', disabled: this.alert !== null });
        this.boxes = this.channels().map(({ id, name }) => ({ id, name, box: h('input', { type: 'checkbox', checked: !channels || channels.includes(id) }) }));
        this.error = h('p', { class: 'form-error', role: 'alert' });
        this.result = h('p', { class: 'form-result', role: 'status' });
        this.submit = h('button', { type: 'submit', class: 'primary', text: this.alert ? 'Save changes' : 'Create alert' });
        this.form = h(
            'form',
            { onsubmit: (event) => this.onSubmit(event), novalidate: true },
            h('div', { class: 'dialog-head' }, h('h2', { id: 'alert-form-title', text: this.alert ? `Alert on ${symbol}` : 'New alert' }), iconButton('close', 'Close', () => this.dialog.close())),
            h('div', { class: 'form-grid' }, field('Symbol', this.symbol), field('When it', this.kindSelect)),
            this.fields,
            h('div', { class: 'form-grid' }, field('Fire', this.mode), field('Rest after a fire', this.cooldown, 'e.g. 5m')),
            h('details', { open: Boolean(this.values.for || key || expires || channels) }, h('summary', { text: 'More' }), (this.extra = h('div', { class: 'form-grid' })),
                h('div', { class: 'form-grid' }, field('Expires in', this.expires, 'e.g. 12h or 7d'), field('Key', this.key, 'your own name for it')),
                h('fieldset', {}, h('legend', { class: 'field-label', text: 'Announced to' }), this.boxes.map(({ name, box }) => h('label', { class: 'check' }, box, name)), h('p', { class: 'field-hint', text: 'Without any it goes into the history only.' }))),
            field('Note', this.note),
            this.error,
            this.result,
            h('div', { class: 'dialog-foot sticky' }, h('button', { type: 'button', class: 'plain', hidden: !this.canPreview, onclick: () => this.preview() }, 'Preview 24 h'), h('button', { type: 'button', class: 'plain', onclick: () => this.dialog.close() }, 'Cancel'), this.submit),
            h('datalist', { id: 'symbol-names' }, [...this.symbols().keys()].map((value) => h('option', { value }))),
        );
        this.before = this.common();
        this.dialog.replaceChildren(this.form);
        this.buildFields();
    }

    kindOptions() {
        return [...new Set(kKinds.map(({ group }) => group))].map((label) => h('optgroup', { label }, kKinds.filter(({ group }) => group === label).map(({ kind, label: name }) => h('option', { value: kind, text: name.toLowerCase() }))));
    }

    /** What the user typed for a parameter stays where the new kind has it too. */
    changeKind() {
        const typed = this.read();
        this.kind = this.kindSelect.value;
        const fresh = this.defaults(this.kind, this.symbol.value.toUpperCase());
        this.values = { ...fresh, ...Object.fromEntries(Object.entries(typed).filter(([name, value]) => name in fresh && name !== 'initial' && value !== '')) };
        this.buildFields();
    }

    buildFields() {
        const info = kindInfo(this.kind);
        this.inputs = {};
        const make = ({ name, label, type, hint, optional, choices }) => {
            const input =
                type === 'choice'
                    ? h('select', {}, choices.map(([choice, text]) => h('option', { value: choice, text })))
                    : h('input', { autocomplete: 'off', spellcheck: 'false', class: 'number', inputmode: kDecimals.has(type) ? 'decimal' : 'text', placeholder: optional ? 'none' : kTypeHints[type] });
            input.value = this.values[name] ?? '';
            this.inputs[name] = input;
            return field(type === 'percent' ? `${label} (%)` : label, input, hint);
        };
        this.fields.replaceChildren(...info.fields.map(make));
        this.extra.replaceChildren();
        if (info.event) return;
        this.extra.append(make({ name: 'for', label: 'Holding for', type: 'duration', optional: true, hint: 'only when it stays true this long' }));
        this.inputs.initial = h('input', { type: 'checkbox', checked: this.values.initial });
        this.extra.append(h('label', { class: 'check' }, this.inputs.initial, 'Fire at once when it is true already'));
    }

    read() {
        return Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, input.type === 'checkbox' ? input.checked : input.value]));
    }

    common() {
        return { mode: this.mode.value, cooldown: this.cooldown.value.trim() || null, expires: this.expires.value.trim() || undefined, note: this.note.value.trim() || null, channels: this.chosenChannels() };
    }

    /** null where all are chosen: then also those that are added later. */
    chosenChannels() {
        const chosen = this.boxes.filter(({ box }) => box.checked).map(({ id }) => id);
        return chosen.length === this.boxes.length ? null : chosen;
    }

    params() {
        const { mode, cooldown, expires, note, channels } = this.common();
        const key = this.key.value.trim();
        const given = Object.entries({ cooldown, expires, note, channels, key: key || null }).filter(([, value]) => value !== null && value !== undefined);
        return { symbol: this.symbol.value.trim().toUpperCase(), when: whenOf(this.kind, this.read()), mode, ...Object.fromEntries(given) };
    }

    /** Only what differs: an unchanged condition must not begin a new revision. */
    changes() {
        const now = this.common();
        const set = Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(this.before[name])));
        const when = whenOf(this.kind, this.read());
        if (JSON.stringify(when) !== JSON.stringify(whenOf(this.alert.when.kind, valuesOf(this.alert.when)))) set.when = when;
        return set;
    }

    async onSubmit(event) {
        event.preventDefault();
        this.submit.disabled = true;
        this.error.textContent = '';
        try {
            if (this.alert) await this.onUpdate(this.alert.id, this.changes());
            else await this.onCreate(this.params());
            this.dialog.close();
        } catch (error) {
            this.refuse(error);
        } finally {
            this.submit.disabled = false;
        }
    }

    /** The message, and the field that it is about. */
    refuse({ message, field }) {
        this.error.textContent = message;
        const name = field?.replace(/^when\./, '');
        const input = { symbol: this.symbol, cooldown: this.cooldown, expires: this.expires, note: this.note, key: this.key, pct: this.inputs.pct ?? this.inputs.amount, abs: this.inputs.amount, ...this.inputs }[name];
        this.form.querySelectorAll('[aria-invalid]').forEach((element) => element.removeAttribute('aria-invalid'));
        input?.setAttribute('aria-invalid', 'true');
        input?.focus();
    }

    async preview() {
        this.error.textContent = '';
        this.result.textContent = 'Looking back…';
        try {
            const { symbol, when, mode, cooldown } = this.params();
            this.result.textContent = await this.onPreview({ symbol, when, mode, ...(cooldown && { cooldown }) });
        } catch (error) {
            this.result.textContent = '';
            this.refuse(error);
        }
    }
}
