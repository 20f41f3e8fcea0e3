import { field, h, iconButton, makeDialog } from './dom';
import { initialByDefault, kKinds, kindInfo, valuesOf, whenOf, type Field, type Values } from './kinds';
import { previewWords } from './preview';
import type { Alert, AlertParams, Kind, Mode, PreviewAnswer, SymbolInfo } from './protocol';
import { messageOf } from './toasts';

const kTypeHints: Record<Field['type'], string> = { price: 'e.g. 70000', percent: 'percent', duration: 'e.g. 30s, 5m, 1h', decimal: 'e.g. 3', amount: '2% or 500', anchor: 'arming', choice: '' };
const kDecimals = new Set<Field['type']>(['price', 'percent', 'decimal']);
const kModes: [Mode, string][] = [['once', 'once'], ['every', 'every time']];

/** Maybe half filled. */
export type Draft = Pick<AlertParams, 'symbol'> & Partial<AlertParams>;

interface FormDeps {
    symbols: () => Map<string, SymbolInfo>;
    /** What an alert can be announced to. */
    channels: () => { id: string; name: string }[];
    /** The latest price. */
    priceOf: (symbol: string) => string | null;
    onCreate: (params: AlertParams) => Promise<unknown>;
    onUpdate: (id: string, set: Partial<AlertParams>) => Promise<void>;
    onPreview: (params: AlertParams) => Promise<PreviewAnswer>;
    /** Shows on the chart where it would have fired. */
    onShowPreview: (params: AlertParams, alert: Alert | null) => void;
}

/** The dialog for every kind of condition: makes an alert, or changes one. */
export class AlertForm {
    /** Whether the server can look back. */
    canPreview = false;
    private readonly dialog = makeDialog({ 'aria-labelledby': 'alert-form-title' });
    private alert: Alert | null = null;
    private kind: Kind = 'above';
    private values: Values = {};
    private inputs: Record<string, HTMLInputElement | HTMLSelectElement> = {};
    private boxes: { id: string; box: HTMLInputElement }[] = [];
    private before: Partial<AlertParams> = {};
    private readonly fields = h('div', { class: 'form-grid' });
    private readonly extra = h('div', { class: 'form-grid' });
    private readonly kindSelect = h('select', { onchange: () => this.changeKind() }, kindOptions());
    private readonly mode = h('select', {}, kModes.map(([value, text]) => h('option', { value, text })));
    private readonly symbol = textInput({ list: 'symbol-names', required: true, class: 'number upper' });
    private readonly cooldown = textInput({ placeholder: 'none' });
    private readonly expires = textInput();
    private readonly note = textInput({ maxlength: 500, placeholder: 'shown with each notification' });
    private readonly key = textInput({ placeholder: 'none' });
    private readonly error = h('p', { class: 'form-error', role: 'alert' });
    private readonly result = h('p', { class: 'form-result', role: 'status' });
    private readonly submit = h('button', { type: 'submit', class: 'primary' });

    constructor(private readonly deps: FormDeps) {}

    /** For a new alert, or with `alert` to change that one; what `params` say is filled in. */
    open({ params, alert = null }: { params?: Draft; alert?: Alert | null }): void {
        const given = params ?? alert;
        if (!given) return;
        this.alert = alert;
        this.kind = given.when?.kind ?? 'above';
        this.values = given.when ? valuesOf(given.when) : this.defaults(this.kind, given.symbol);
        this.build(given);
        this.before = alert ? { mode: alert.mode, cooldown: alert.cooldown, note: alert.note, channels: this.listed(alert.channels) } : {};
        if (!this.dialog.open) this.dialog.showModal();
        this.kindSelect.focus();
    }

    private defaults(kind: Kind, symbol: string): Values {
        const price = this.deps.priceOf(symbol) ?? '';
        const values: Values = { for: '', initial: initialByDefault(kind) };
        for (const { name, type, optional, value } of kindInfo(kind).fields) values[name] = optional ? (value ?? '') : type === 'price' ? price : (value ?? '');
        return values;
    }

    private build({ symbol, mode = 'once', cooldown, expires, note, key, channels }: Draft): void {
        this.symbol.value = symbol;
        this.symbol.disabled = this.alert !== null;
        this.kindSelect.value = this.kind;
        this.mode.value = mode;
        this.cooldown.value = cooldown ?? '';
        this.expires.value = typeof expires === 'string' ? expires : '';
        this.expires.placeholder = typeof expires === 'number' ? new Date(expires).toLocaleString() : 'never';
        this.note.value = note ?? '';
        this.key.value = key ?? '';
        this.key.disabled = this.alert !== null;
        const boxes = this.deps.channels().map(({ id, name }) => ({ id, name, box: h('input', { type: 'checkbox', checked: !channels || channels.includes(id) }) }));
        this.boxes = boxes;
        this.error.textContent = '';
        this.result.textContent = '';
        this.submit.textContent = this.alert ? 'Save changes' : 'Create alert';
        const opened = Boolean(this.values.for || key || expires || channels);
        this.dialog.replaceChildren(h(
            'form',
            { onsubmit: (event) => void this.onSubmit(event), novalidate: true },
            h('div', { class: 'dialog-head' }, h('h2', { id: 'alert-form-title', text: this.alert ? `Alert on ${symbol}` : 'New alert' }), iconButton('close', 'Close', () => this.dialog.close())),
            h('div', { class: 'form-grid' }, field('Symbol', this.symbol), field('When it', this.kindSelect)),
            this.fields,
            h('div', { class: 'form-grid' }, field('Fire', this.mode), field('Rest after a fire', this.cooldown, 'e.g. 5m')),
            field('Note', this.note),
            h('details', { open: opened }, h('summary', { text: 'More' }), this.extra,
                h('div', { class: 'form-grid' }, field('Expires in', this.expires, 'e.g. 12h or 7d'), field('Key', this.key, 'your own name for it')),
                h('fieldset', {}, h('legend', { class: 'field-label', text: 'Announced to' }), boxes.map(({ name, box }) => h('label', { class: 'check' }, box, name)), h('p', { class: 'field-hint', text: 'Without any it goes into the history only.' }))),
            h('div', { class: 'sticky-foot' }, this.error, this.result, h('div', { class: 'dialog-foot' }, h('button', { type: 'button', class: 'plain', hidden: !this.canPreview, title: 'When it would have fired in the last 24 hours', onclick: () => void this.preview() }, 'Preview'), h('button', { type: 'button', class: 'plain', onclick: () => this.dialog.close() }, 'Cancel'), this.submit)),
            h('datalist', { id: 'symbol-names' }, [...this.deps.symbols().keys()].map((value) => h('option', { value }))),
        ));
        this.buildFields();
    }

    /** What the user typed for a parameter stays where the new kind has it too. */
    private changeKind(): void {
        const typed = this.read();
        this.kind = this.kindSelect.value as Kind;
        const fresh = this.defaults(this.kind, this.symbol.value.toUpperCase());
        const kept = Object.entries(typed).filter(([name, value]) => name in fresh && name !== 'initial' && value !== '');
        this.values = { ...fresh, ...Object.fromEntries(kept) };
        this.result.textContent = '';
        this.buildFields();
    }

    private buildFields(): void {
        const info = kindInfo(this.kind);
        this.inputs = {};
        this.fields.replaceChildren(...info.fields.map((about) => this.makeField(about)));
        this.extra.replaceChildren();
        if (info.event) return;
        this.extra.append(this.makeField({ name: 'for', label: 'Holding for', type: 'duration', optional: true, hint: 'only when it stays true this long' }));
        const initial = h('input', { type: 'checkbox', checked: this.values.initial });
        this.inputs.initial = initial;
        this.extra.append(h('label', { class: 'check' }, initial, 'Fire at once when it is true already'));
    }

    private makeField({ name, label, type, hint, optional, choices }: Field): HTMLElement {
        const input = choices
            ? h('select', {}, choices.map(([value, text]) => h('option', { value, text })))
            : h('input', { autocomplete: 'off', spellcheck: 'false', class: 'number', inputmode: kDecimals.has(type) ? 'decimal' : 'text', placeholder: optional ? 'none' : kTypeHints[type] });
        input.value = String(this.values[name] ?? '');
        this.inputs[name] = input;
        return field(type === 'percent' ? `${label} (%)` : label, input, hint);
    }

    private read(): Values {
        return Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, input instanceof HTMLInputElement && input.type === 'checkbox' ? input.checked : input.value]));
    }

    private common(): Partial<AlertParams> {
        const expires = this.expires.value.trim();
        return { mode: this.mode.value as Mode, cooldown: this.cooldown.value.trim() || null, ...(expires && { expires }), note: this.note.value.trim() || null, channels: this.chosenChannels() };
    }

    /** null where all are chosen: then also those that are added later. */
    private chosenChannels(): string[] | null {
        const chosen = this.boxes.filter(({ box }) => box.checked).map(({ id }) => id);
        return chosen.length === this.boxes.length ? null : chosen;
    }

    /** As `chosenChannels` would say what an alert has: without what does not exist any more. */
    private listed(channels: string[] | null): string[] | null {
        const known = this.boxes.map(({ id }) => id).filter((id) => !channels || channels.includes(id));
        return known.length === this.boxes.length ? null : known;
    }

    private params(): AlertParams {
        const key = this.key.value.trim();
        const given = Object.entries({ ...this.common(), key: key || null }).filter(([, value]) => value !== null);
        return { symbol: this.symbol.value.trim().toUpperCase(), when: whenOf(this.kind, this.read()), ...Object.fromEntries(given) };
    }

    /** Only what differs: an unchanged condition must not begin a new revision. */
    private changes({ when: had }: Alert): Partial<AlertParams> {
        const differs = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(this.before[name as keyof AlertParams]);
        const set: Partial<AlertParams> = Object.fromEntries(Object.entries(this.common()).filter(differs));
        const when = whenOf(this.kind, this.read());
        if (JSON.stringify(when) !== JSON.stringify(whenOf(had.kind, valuesOf(had)))) set.when = when;
        return set;
    }

    private async onSubmit(event: SubmitEvent): Promise<void> {
        event.preventDefault();
        this.submit.disabled = true;
        this.error.textContent = '';
        try {
            if (this.alert) await this.deps.onUpdate(this.alert.id, this.changes(this.alert));
            else await this.deps.onCreate(this.params());
            this.dialog.close();
        } catch (error) {
            this.refuse(error);
        } finally {
            this.submit.disabled = false;
        }
    }

    /** The message, and the field that it is about. */
    private refuse(error: unknown): void {
        this.error.textContent = messageOf(error);
        const name = error instanceof Error && 'field' in error ? String(error.field ?? '').replace(/^when\./, '') : '';
        const { amount } = this.inputs;
        const all: Record<string, HTMLElement | undefined> = { symbol: this.symbol, cooldown: this.cooldown, expires: this.expires, note: this.note, key: this.key, pct: amount, abs: amount, ...this.inputs };
        this.dialog.querySelectorAll('[aria-invalid]').forEach((element) => element.removeAttribute('aria-invalid'));
        all[name]?.setAttribute('aria-invalid', 'true');
        all[name]?.focus();
    }

    private async preview(): Promise<void> {
        this.error.textContent = '';
        this.result.textContent = 'Looking back…';
        const [params, alert] = [this.params(), this.alert];
        try {
            const answer = await this.deps.onPreview(params);
            const show = h('button', { type: 'button', class: 'plain small', onclick: () => (this.dialog.close(), this.deps.onShowPreview(params, alert)) }, 'Show on the chart');
            this.result.replaceChildren(h('span', { text: `In the last 24 hours it ${previewWords(answer)}. ` }), show);
        } catch (error) {
            this.result.textContent = '';
            this.refuse(error);
        }
    }
}

function textInput(props: { [name: string]: string | number | boolean } = {}): HTMLInputElement {
    return h('input', { autocomplete: 'off', spellcheck: 'false', ...props });
}

function kindOptions(): HTMLElement[] {
    const groups = [...new Set(kKinds.map(({ group }) => group))];
    return groups.map((label) => h('optgroup', { label }, kKinds.filter(({ group }) => group === label).map(({ kind, label: name }) => h('option', { value: kind, text: name.toLowerCase() }))));
}
