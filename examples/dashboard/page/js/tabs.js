import { byId } from './dom.js';

/** The tabs of the side: one panel is shown; arrow keys go from tab to tab. */
export class Tabs {
    constructor(names, { memory, onShow }) {
        Object.assign(this, { names, memory, onShow });
        for (const name of names) {
            byId(`tab-${name}`).addEventListener('click', () => this.show(name));
            byId(`tab-${name}`).addEventListener('keydown', (event) => this.onKey(event, name));
        }
    }

    /** With `reveal` the panel is brought into view, where the page is longer than the screen. */
    show(wanted, reveal = false) {
        const shown = this.names.includes(wanted) ? wanted : this.names[0];
        for (const name of this.names) {
            const tab = byId(`tab-${name}`);
            tab.setAttribute('aria-selected', String(name === shown));
            tab.tabIndex = name === shown ? 0 : -1;
            byId(`panel-${name}`).hidden = name !== shown;
        }
        this.memory.set('tab', shown);
        this.onShow(shown);
        if (reveal) byId(`tab-${shown}`).scrollIntoView({ block: 'start' });
    }

    onKey(event, name) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = this.names[(this.names.indexOf(name) + step + this.names.length) % this.names.length];
        this.show(next);
        byId(`tab-${next}`).focus();
    }
}
