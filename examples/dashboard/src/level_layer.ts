import { stepByTicks } from './decimal';
import { h, icon, part, reconcile, setText } from './dom';
import { priceText } from './format';
import type { PriceChart } from './price_chart';
import type { Alert, Kind } from './protocol';

/*
 * The levels of alerts as lines over the chart, each with a handle: drag it, or focus it and use the arrow keys; Enter
 * or letting go sends the new price, Escape puts it back, Delete removes the alert. An arrow key moves by a pixel.
 */
const kBigStep = 10;
const kChipHeight = 28;
const kColumnsMax = 4;
const kArrows: Partial<Record<Kind, string>> = { above: '▲', cross_up: '▲', below: '▼', cross_down: '▼', cross: '↕', enter: '⇥', exit: '↤' };

export interface Level {
    id: string;
    alert: Alert;
    /** The member of the condition that the line stands for. */
    member: string;
    price: string;
}

interface Moving extends Level {
    from: string;
    byKey: boolean;
}

interface LevelDeps {
    chart: PriceChart;
    onMove: (alert: Alert, member: string, price: string) => Promise<void>;
    onRemove: (alert: Alert) => void;
    onEdit: (alert: Alert) => void;
}

export class LevelLayer {
    private readonly chart: PriceChart;
    private levels: Level[] = [];
    private elements = new Map<string | undefined, HTMLElement>();
    private moving: Moving | null = null;
    private tick = '0.01';

    constructor(
        private readonly root: HTMLElement,
        private readonly deps: LevelDeps,
    ) {
        this.chart = deps.chart;
    }

    /** Those of the symbol that is shown. */
    set(levels: Level[], tick: string): void {
        const moving = this.moving;
        this.tick = tick;
        this.levels = levels.map((level) => (moving?.id === level.id ? { ...level, price: moving.price } : level));
        if (moving && !this.levels.some(({ id }) => id === moving.id)) this.end();
        reconcile(this.root, this.levels, { key: ({ id }) => id, make: (level) => this.make(level.id), render: (level, element) => this.render(level, element) });
        this.elements = new Map(([...this.root.children] as HTMLElement[]).map((element) => [element.dataset.key, element]));
        this.layout();
    }

    /** Puts each line where its price is now; called at every redraw of the chart. */
    layout(): void {
        if (this.levels.length === 0) return;
        const { width, height } = this.chart.paneSize();
        this.root.style.width = `${width}px`;
        const shown: { element: HTMLElement; y: number }[] = [];
        for (const level of this.levels) {
            const element = this.elements.get(level.id);
            if (!element) continue;
            const y = this.chart.yOf(level.price);
            element.hidden = y === null || y < 0 || y > height;
            if (y !== null && !element.hidden) shown.push({ element, y: Math.round(y) });
        }
        this.place(shown.sort((a, b) => a.y - b.y));
    }

    /** Handles of levels close to each other stand side by side, not on top of each other. */
    private place(shown: { element: HTMLElement; y: number }[]): void {
        const columns: number[] = [];
        for (const { element, y } of shown) {
            const free = columns.findIndex((lowest) => y - lowest >= kChipHeight);
            const column = free >= 0 ? free : columns.length;
            columns[column] = y;
            element.style.transform = `translateY(${y}px)`;
            element.style.setProperty('--column', String(Math.min(column, kColumnsMax)));
        }
    }

    private make(id: string): HTMLElement {
        const handle = h('button', { type: 'button', class: 'level-handle' }, h('span', { class: 'level-kind' }), h('span', { class: 'level-price' }));
        const grip = h('div', { class: 'level-grip' });
        const current = (run: (level: Level) => void): void => {
            const level = this.levels.find((held) => held.id === id);
            if (level) run(level);
        };
        const remove = h('button', { type: 'button', class: 'level-remove', 'aria-label': 'Remove this alert', title: 'Remove this alert', onclick: () => current(({ alert }) => this.deps.onRemove(alert)) }, icon('close'));
        handle.addEventListener('keydown', (event) => current((level) => this.onKey(event, level)));
        handle.addEventListener('blur', () => this.moving?.byKey && void this.finish());
        for (const element of [handle, grip] as HTMLElement[]) element.addEventListener('pointerdown', (event) => current((level) => this.onDown(event, level, element)));
        handle.addEventListener('dblclick', () => current(({ alert }) => this.deps.onEdit(alert)));
        return h('div', { class: 'level' }, h('div', { class: 'level-line' }), grip, h('div', { class: 'level-chip' }, handle, remove));
    }

    private render({ alert, member, price }: Level, element: HTMLElement): void {
        const arrow = member === 'price' ? kArrows[alert.when.kind] : member === 'low' ? '⤒' : '⤓';
        element.dataset.state = alert.state;
        setText(part(element, '.level-kind'), arrow ?? '');
        setText(part(element, '.level-price'), priceText(price, this.tick));
        const handle = part(element, '.level-handle');
        handle.setAttribute('aria-label', `${alert.text}, ${alert.state}. Arrow keys move it, Enter keeps, Escape puts back, Delete removes.`);
        handle.title = `${alert.text}\n${alert.note ?? ''}`.trim();
    }

    // ---- Moving

    private begin(level: Level, byKey: boolean): void {
        this.moving = { ...level, from: level.price, byKey };
        this.elements.get(level.id)?.classList.add('moving');
    }

    private move(price: string | null): void {
        const moving = this.moving;
        if (price === null || !moving) return;
        moving.price = price;
        const [level, element] = [this.levels.find(({ id }) => id === moving.id), this.elements.get(moving.id)];
        if (!level || !element) return;
        level.price = price;
        this.render(level, element);
        this.layout();
    }

    private async finish(): Promise<void> {
        const moved = this.moving;
        if (!moved) return;
        if (moved.price === moved.from) return this.end();
        // Until the server has answered the level stays where it was let go.
        moved.byKey = false;
        this.elements.get(moved.id)?.classList.replace('moving', 'saving');
        try {
            await this.deps.onMove(moved.alert, moved.member, moved.price);
        } catch {
            if (this.moving === moved) this.move(moved.from);
        }
        if (this.moving === moved) this.end();
    }

    private end(): void {
        this.elements.get(this.moving?.id)?.classList.remove('moving', 'saving');
        this.moving = null;
    }

    private onDown(event: PointerEvent, level: Level, handle: HTMLElement): void {
        if (event.button !== 0 || this.moving) return;
        event.preventDefault();
        handle.focus();
        this.begin(level, false);
        this.chart.freeze(true);
        const top = this.root.getBoundingClientRect().top;
        const offset = event.clientY - top - (this.chart.yOf(level.price) ?? 0);
        const gesture = new AbortController();
        const stop = (keep: boolean): void => {
            gesture.abort();
            this.chart.freeze(false);
            if (!keep) this.move(this.moving?.from ?? null);
            void this.finish();
        };
        handle.setPointerCapture(event.pointerId);
        const { signal } = gesture;
        handle.addEventListener('pointermove', ({ clientY }) => this.move(this.chart.priceAt(clientY - top - offset)), { signal });
        handle.addEventListener('pointerup', () => stop(true), { signal });
        handle.addEventListener('pointercancel', () => stop(false), { signal });
        window.addEventListener('keydown', ({ key }) => key === 'Escape' && stop(false), { signal });
    }

    private onKey(event: KeyboardEvent, level: Level): void {
        const steps = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (steps) {
            if (!this.moving) this.begin(level, true);
            const ticks = steps * this.chart.ticksPerPixel() * (event.shiftKey ? kBigStep : 1);
            if (this.moving?.id === level.id && this.moving.byKey) this.move(stepByTicks(this.moving.price, this.tick, ticks));
        } else if (event.key === 'Enter' && this.moving?.byKey) {
            void this.finish();
        } else if (event.key === 'Enter') {
            this.deps.onEdit(level.alert);
        } else if (event.key === 'Escape' && this.moving?.byKey) {
            this.move(this.moving.from);
            this.end();
        } else if (event.key === 'Delete') {
            this.deps.onRemove(level.alert);
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }
}
