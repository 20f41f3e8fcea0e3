import type { ChartView } from './chart_view';
import { h, iconButton, setText } from './dom';
import { dayText } from './format';
import type { Link } from './link';
import type { FireMark } from './price_chart';
import type { AlertParams, PreviewAnswer } from './protocol';
import { messageOf } from './toasts';

const kDayMs = 86_400_000;
const kRanges: { value: string; text: string; ms: number }[] = [
    { value: '1', text: '24 hours', ms: kDayMs },
    { value: '3', text: '3 days', ms: 3 * kDayMs },
    { value: '7', text: '7 days', ms: 7 * kDayMs },
];

/** The part of an alert that a preview judges. */
export type Previewed = Pick<AlertParams, 'symbol' | 'when' | 'mode' | 'cooldown'>;

/** Asks the server when this alert would have fired in the last `spanMs`. */
export function askPreview(link: Link, { symbol, when, mode, cooldown }: Previewed, spanMs = kDayMs): Promise<PreviewAnswer> {
    const to = Date.now();
    return link.request('preview', { symbol, when, ...(mode && { mode }), ...(cooldown && { cooldown }), from: to - spanMs, to });
}

/** In words: how often, and what of the time is not known. */
export function previewWords({ count, coverage }: PreviewAnswer): string {
    const often = count === 0 ? 'would not have fired' : count === 1 ? 'would have fired once' : `would have fired ${count.toLocaleString('en')} times`;
    if (!coverage || coverage.complete) return often;
    return `${often}; known is ${dayText(coverage.from)} to ${dayText(coverage.to)}`;
}

interface PreviewDeps {
    link: Link;
    chartView: ChartView;
    /** The marks changed. */
    onChange: () => void;
}

/** The bar over the chart that says when an alert would have fired; the chart shows the marks while it is open. */
export class Preview {
    marks: FireMark[] = [];
    private asked: Previewed | null = null;
    private onUse: (() => void) | null = null;
    private readonly words = h('span', { class: 'preview-words', role: 'status' });
    private readonly title = h('strong', { class: 'preview-title' });
    private readonly range = h('select', { 'aria-label': 'Look back', onchange: () => void this.ask() }, kRanges.map(({ value, text }) => h('option', { value, text })));
    private readonly use = h('button', { type: 'button', class: 'plain small', onclick: () => this.back() });

    constructor(
        private readonly root: HTMLElement,
        private readonly deps: PreviewDeps,
    ) {
        root.append(h('div', { class: 'preview-text' }, this.title, this.words), this.range, this.use, iconButton('close', 'End the preview', () => this.close()));
        root.addEventListener('keydown', ({ key }) => key === 'Escape' && this.close());
    }

    /** `onUse` leads back to where it was asked for, with `label` on its button. */
    open(asked: Previewed, name: string, label: string, onUse: () => void): void {
        this.asked = asked;
        this.onUse = onUse;
        setText(this.title, name);
        setText(this.use, label);
        this.range.value = '1';
        this.root.hidden = false;
        this.use.focus();
        void this.ask();
    }

    close(): void {
        if (this.root.hidden) return;
        this.root.hidden = true;
        this.asked = null;
        this.show([]);
        void this.deps.chartView.showChosen();
    }

    private back(): void {
        const run = this.onUse;
        this.close();
        run?.();
    }

    private async ask(): Promise<void> {
        const asked = this.asked;
        const spanMs = kRanges.find(({ value }) => value === this.range.value)?.ms ?? kDayMs;
        if (!asked) return;
        setText(this.words, 'looking back…');
        this.root.classList.remove('failed');
        try {
            const [answer] = await Promise.all([askPreview(this.deps.link, asked, spanMs), this.deps.chartView.showSince(Date.now() - spanMs)]);
            if (this.asked !== asked) return;
            setText(this.words, previewWords(answer));
            this.show(answer.fires.map(({ time, price }) => ({ time, price: Number(price), preview: true })));
        } catch (error) {
            if (this.asked !== asked) return;
            this.root.classList.add('failed');
            setText(this.words, messageOf(error));
            this.show([]);
        }
    }

    private show(marks: FireMark[]): void {
        this.marks = marks;
        this.deps.onChange();
    }
}
