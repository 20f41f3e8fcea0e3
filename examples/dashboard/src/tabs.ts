import { byId } from './dom';
import type { Memory } from './memory';

/** The tabs of the side: one panel is shown; arrow keys go from tab to tab. */
export class Tabs {
    constructor(
        private readonly names: string[],
        private readonly deps: { memory: Memory; onShow: (name: string) => void },
    ) {
        for (const name of names) {
            byId(`tab-${name}`).addEventListener('click', () => this.show(name));
            byId(`tab-${name}`).addEventListener('keydown', (event) => this.onKey(event, name));
        }
    }

    /** With `reveal` the panel is brought into view, where the page is longer than the screen. */
    show(wanted: string | null, reveal = false): void {
        const shown = this.names.find((name) => name === wanted) ?? this.names[0]!;
        for (const name of this.names) {
            const tab = byId(`tab-${name}`);
            tab.setAttribute('aria-selected', String(name === shown));
            tab.tabIndex = name === shown ? 0 : -1;
            byId(`panel-${name}`).hidden = name !== shown;
        }
        this.deps.memory.set('tab', shown);
        this.deps.onShow(shown);
        if (reveal) byId(`tab-${shown}`).scrollIntoView({ block: 'start' });
    }

    private onKey(event: KeyboardEvent, name: string): void {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = this.names.at((this.names.indexOf(name) + step) % this.names.length)!;
        this.show(next);
        byId(`tab-${next}`).focus();
    }
}
