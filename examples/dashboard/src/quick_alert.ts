import { compareDecimals, stepByTicks, toUnits } from './decimal';
import { h, iconButton, setText } from './dom';
import type { Point } from './price_chart';
import type { AlertParams, Kind } from './protocol';
import { messageOf } from './toasts';

const kKinds: [Kind, string][] = [['above', 'goes above'], ['below', 'goes below'], ['cross', 'crosses'], ['cross_up', 'crosses upwards'], ['cross_down', 'crosses downwards']];
const kBigStep = 100;
const kGap = 18;
const kEdge = 8;

interface QuickDeps {
    onCreate: (params: AlertParams) => Promise<unknown>;
    /** Opens the full form. */
    onMore: (params: AlertParams) => void;
}

interface Opening {
    symbol: string;
    price: string;
    tick: string;
    /** The latest price, where one is known. */
    current: string | null;
    point: Point;
    within: { width: number; height: number };
}

/**
 * The small form that a click on the chart opens: a level, its side chosen by where the price is, two keystrokes from
 * being armed. Not modal: the chart goes on behind it.
 */
export class QuickAlert {
    private readonly title = h('strong');
    private readonly kind = h('select', { 'aria-label': 'When the price', onchange: () => (this.chosen = true) }, kKinds.map(([value, text]) => h('option', { value, text })));
    private readonly price = h('input', { inputmode: 'decimal', autocomplete: 'off', 'aria-label': 'Price', class: 'number', oninput: () => this.guessKind(), onkeydown: (event) => this.onArrow(event) });
    private readonly once = h('input', { type: 'checkbox', checked: true });
    private readonly note = h('input', { placeholder: 'Note (optional)', maxlength: 500, autocomplete: 'off', 'aria-label': 'Note' });
    private readonly error = h('p', { class: 'form-error', role: 'alert' });
    private readonly submit = h('button', { type: 'submit', class: 'primary' }, 'Create alert');
    private opening: Opening | null = null;
    private opener: Element | null = null;
    /** Somebody chose the kind; it is guessed no more. */
    private chosen = false;

    constructor(
        private readonly form: HTMLFormElement,
        private readonly deps: QuickDeps,
    ) {
        form.setAttribute('aria-label', 'New alert at this level');
        form.append(
            h('div', { class: 'quick-head' }, this.title, iconButton('close', 'Close', () => this.close())),
            h('div', { class: 'quick-row' }, this.kind, this.price),
            this.note,
            this.error,
            h('div', { class: 'quick-row spread' }, h('label', { class: 'check' }, this.once, 'Only once'), h('span', { class: 'row' }, h('button', { type: 'button', class: 'plain', onclick: () => this.more() }, 'More…'), this.submit)),
        );
        form.addEventListener('submit', (event) => void this.onSubmit(event));
        form.addEventListener('keydown', ({ key }) => key === 'Escape' && this.close());
    }

    open(opening: Opening): void {
        this.opening = opening;
        this.opener = document.activeElement;
        this.chosen = false;
        const { symbol, price, point, within } = opening;
        setText(this.title, `Alert on ${symbol}`);
        this.price.value = price;
        this.note.value = '';
        this.error.textContent = '';
        this.guessKind();
        this.form.hidden = false;
        const [width, height] = [this.form.offsetWidth, this.form.offsetHeight];
        const left = Math.max(kEdge, Math.min(point.x - width / 2, within.width - width - kEdge));
        const below = point.y + kGap + height <= within.height;
        this.form.style.left = `${left}px`;
        this.form.style.top = `${below ? point.y + kGap : Math.max(kEdge, point.y - height - kGap)}px`;
        this.price.focus();
        this.price.select();
    }

    close(): void {
        if (this.form.hidden) return;
        const hadFocus = this.form.contains(document.activeElement);
        this.form.hidden = true;
        if (hadFocus && this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus();
    }

    /** Above where the level lies over the price, below where it lies under it, until somebody chooses. */
    private guessKind(): void {
        const current = this.opening?.current;
        if (this.chosen || !current || toUnits(this.price.value) === null) return;
        this.kind.value = compareDecimals(this.price.value, current) >= 0 ? 'above' : 'below';
    }

    private onArrow(event: KeyboardEvent): void {
        const steps = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!steps || !this.opening || toUnits(this.price.value) === null) return;
        event.preventDefault();
        this.price.value = stepByTicks(this.price.value, this.opening.tick, steps * (event.shiftKey ? kBigStep : 1));
        this.guessKind();
    }

    private params(): AlertParams {
        const note = this.note.value.trim();
        return { symbol: this.opening?.symbol ?? '', when: { kind: this.kind.value as Kind, price: this.price.value.trim().replaceAll(',', '') }, mode: this.once.checked ? 'once' : 'every', ...(note && { note }) };
    }

    private more(): void {
        this.close();
        this.deps.onMore(this.params());
    }

    private async onSubmit(event: SubmitEvent): Promise<void> {
        event.preventDefault();
        this.submit.disabled = true;
        this.error.textContent = '';
        try {
            await this.deps.onCreate(this.params());
            this.close();
        } catch (error) {
            this.error.textContent = messageOf(error);
        } finally {
            this.submit.disabled = false;
        }
    }
}
