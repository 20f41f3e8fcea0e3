import { h, icon, reconcile, setText } from './dom.js';
import { stepByTicks } from './decimal.js';
import { priceText } from './format.js';

/*
 * The levels of alerts as lines over the chart, each with a handle: drag it, or focus it and use the arrow keys; Enter
 * or letting go sends the new price, Escape puts it back, Delete removes the alert. An arrow key moves by a pixel.
 */
const kBigStep = 10;
const kChipHeight = 28;
const kColumnsMax = 4;
const kArrows = { above: '▲', cross_up: '▲', below: '▼', cross_down: '▼', cross: '↕', enter: '⇥', exit: '↤' };

export class LevelLayer {
    /** `onMove(alert, member, price)` promises; `onRemove(alert)`, `onEdit(alert)`. */
    constructor(root, { chart, onMove, onRemove, onEdit }) {
        Object.assign(this, { root, chart, onMove, onRemove, onEdit });
        this.levels = [];
        this.elements = new Map();
    }

    /** [{id, alert, member, price, state}] of the symbol that is shown. */
    set(levels, tick) {
        const moving = this.moving;
        this.tick = tick;
        this.levels = levels.map((level) => (moving?.id === level.id ? { ...level, price: moving.price } : level));
        if (moving && !this.levels.some(({ id }) => id === moving.id)) this.end();
        reconcile(this.root, this.levels, { key: ({ id }) => id, make: (level) => this.make(level), render: (level, element) => this.render(level, element) });
        this.elements = new Map([...this.root.children].map((element) => [element.dataset.key, element]));
        this.layout();
    }

    /** Puts each line where its price is now; called at every redraw of the chart. */
    layout() {
        if (this.levels.length === 0) return;
        const { width, height } = this.chart.paneSize();
        this.root.style.width = `${width}px`;
        const shown = [];
        for (const level of this.levels) {
            const element = this.elementOf(level.id);
            const y = this.chart.yOf(level.price);
            element.hidden = y === null || y < 0 || y > height;
            if (!element.hidden) shown.push({ element, y: Math.round(y) });
        }
        this.place(shown.sort((a, b) => a.y - b.y));
    }

    /** Handles of levels close to each other stand side by side, not on top of each other. */
    place(shown) {
        const columns = [];
        for (const { element, y } of shown) {
            const free = columns.findIndex((lowest) => y - lowest >= kChipHeight);
            const column = free >= 0 ? free : columns.length;
            columns[column] = y;
            element.style.transform = `translateY(${y}px)`;
            element.style.setProperty('--column', Math.min(column, kColumnsMax));
        }
    }

    make(level) {
        const handle = h('button', { type: 'button', class: 'level-handle' }, h('span', { class: 'level-kind' }), h('span', { class: 'level-price' }));
        const remove = h('button', { type: 'button', class: 'level-remove', 'aria-label': 'Remove this alert', title: 'Remove this alert' }, icon('close'));
        const element = h('div', { class: 'level' }, h('div', { class: 'level-line' }), h('div', { class: 'level-grip' }), h('div', { class: 'level-chip' }, handle, remove));
        const current = () => this.levels.find(({ id }) => id === level.id);
        remove.addEventListener('click', () => this.onRemove(current().alert));
        handle.addEventListener('keydown', (event) => this.onKey(event, current()));
        handle.addEventListener('blur', () => this.moving?.byKey && this.finish());
        for (const part of [handle, element.querySelector('.level-grip')]) part.addEventListener('pointerdown', (event) => this.onDown(event, current(), part));
        handle.addEventListener('dblclick', () => this.onEdit(current().alert));
        return element;
    }

    render({ alert, member, price, state }, element) {
        const ranged = member !== 'price';
        element.dataset.state = state;
        setText(element.querySelector('.level-kind'), ranged ? (member === 'low' ? '⤒' : '⤓') : kArrows[alert.when.kind]);
        setText(element.querySelector('.level-price'), priceText(price, this.tick));
        const handle = element.querySelector('.level-handle');
        const name = `${alert.text}, ${state}. Arrow keys move it, Enter keeps, Escape puts back, Delete removes.`;
        handle.setAttribute('aria-label', name);
        handle.title = `${alert.text}\n${alert.note ?? ''}`.trim();
    }

    elementOf(id) {
        return this.elements.get(id);
    }

    // ---- Moving

    begin(level, byKey) {
        this.moving = { id: level.id, alert: level.alert, member: level.member, from: level.price, price: level.price, byKey };
        this.elementOf(level.id).classList.add('moving');
    }

    move(price) {
        if (price === null || !this.moving) return;
        this.moving.price = price;
        const level = this.levels.find(({ id }) => id === this.moving.id);
        level.price = price;
        this.render(level, this.elementOf(level.id));
        this.layout();
    }

    async finish() {
        const moved = this.moving;
        if (!moved) return;
        if (moved.price === moved.from) return this.end();
        // Until the server has answered the level stays where it was let go.
        moved.byKey = false;
        this.elementOf(moved.id)?.classList.replace('moving', 'saving');
        try {
            await this.onMove(moved.alert, moved.member, moved.price);
        } catch {
            if (this.moving === moved) this.move(moved.from);
        }
        if (this.moving === moved) this.end();
    }

    end() {
        this.elementOf(this.moving.id)?.classList.remove('moving', 'saving');
        this.moving = null;
    }

    onDown(event, level, part) {
        if (event.button !== 0 || this.moving) return;
        event.preventDefault();
        part.focus?.();
        this.begin(level, false);
        this.chart.freeze(true);
        const top = this.root.getBoundingClientRect().top;
        const offset = event.clientY - top - (this.chart.yOf(level.price) ?? 0);
        const gesture = new AbortController();
        const stop = (keep) => {
            gesture.abort();
            this.chart.freeze(false);
            if (!keep) this.move(this.moving?.from ?? null);
            this.finish();
        };
        part.setPointerCapture(event.pointerId);
        const { signal } = gesture;
        part.addEventListener('pointermove', ({ clientY }) => this.move(this.chart.priceAt(clientY - top - offset)), { signal });
        part.addEventListener('pointerup', () => stop(true), { signal });
        part.addEventListener('pointercancel', () => stop(false), { signal });
        window.addEventListener('keydown', ({ key }) => key === 'Escape' && stop(false), { signal });
    }

    onKey(event, level) {
        const steps = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (steps) {
            if (!this.moving) this.begin(level, true);
            const ticks = steps * this.chart.ticksPerPixel() * (event.shiftKey ? kBigStep : 1);
            if (this.moving.id === level.id && this.moving.byKey) this.move(stepByTicks(this.moving.price, this.tick, ticks));
        } else if (event.key === 'Enter' && this.moving?.byKey) {
            this.finish();
        } else if (event.key === 'Enter') {
            this.onEdit(level.alert);
        } else if (event.key === 'Escape' && this.moving?.byKey) {
            this.move(this.moving.from);
            this.end();
        } else if (event.key === 'Delete') {
            this.onRemove(level.alert);
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }
}
