import { h, iconButton, makeDialog } from './dom';
import { priceText } from './format';
import type { Market } from './market';
import type { SymbolInfo } from './protocol';

const kShownMax = 60;

/** A dialog to find a symbol: type, arrow keys, Enter. */
export class SymbolPicker {
    private readonly input = h('input', { type: 'search', placeholder: 'Search, e.g. btc', autocomplete: 'off', spellcheck: 'false', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'symbol-options', 'aria-label': 'Search a symbol', oninput: () => this.render(), onkeydown: (event) => this.onKey(event) });
    private readonly list = h('ul', { class: 'options', role: 'listbox', id: 'symbol-options', 'aria-label': 'Symbols' });
    private readonly dialog = makeDialog(
        { class: 'dialog picker', 'aria-label': 'Choose a symbol' },
        h('form', { class: 'picker-head', onsubmit: (event) => (event.preventDefault(), this.choose(this.active)) }, this.input, iconButton('close', 'Close', () => this.dialog.close())),
        this.list,
    );
    private active: HTMLElement | null = null;

    constructor(private readonly deps: { market: Market; onPick: (symbol: string) => void }) {
        this.list.addEventListener('click', ({ target }) => target instanceof Element && this.choose(target.closest<HTMLElement>('[role=option]')));
        deps.market.on('symbols', () => this.dialog.open && this.render());
    }

    open(): void {
        this.input.value = '';
        this.dialog.showModal();
        this.render();
        this.input.focus();
        void this.deps.market.loadSymbols();
    }

    /** Those that begin with what was typed, then those that hold it. */
    private matches(): SymbolInfo[] {
        const { symbols } = this.deps.market;
        const typed = this.input.value.trim().toUpperCase().replaceAll('/', '');
        const rank = ({ symbol, base }: SymbolInfo): number => (symbol === typed ? 0 : base === typed ? 1 : symbol.startsWith(typed) ? 2 : 3);
        const found = [...symbols.values()].filter(({ symbol }) => symbol.includes(typed)).sort((a, b) => rank(a) - rank(b));
        if (found.length === 0 && typed && symbols.size === 0) return [{ symbol: typed }];
        return found.slice(0, kShownMax);
    }

    private render(): void {
        const options = this.matches().map(({ symbol, base, quote, status }, i) => {
            const price = this.deps.market.price(symbol)?.price;
            return h('li', { role: 'option', id: `symbol-${i}`, 'data-symbol': symbol },
                h('span', { class: 'option-name', text: base ?? symbol }), quote ? h('span', { class: 'option-quote', text: `/ ${quote}` }) : null,
                status && status !== 'TRADING' ? h('span', { class: 'tag', text: status.toLowerCase().replaceAll('_', ' ') }) : null,
                price ? h('span', { class: 'option-price', text: priceText(price, this.deps.market.tick(symbol)), 'aria-hidden': 'true' }) : null);
        });
        this.list.replaceChildren(...(options.length > 0 ? options : [h('li', { class: 'option-none', text: 'No such symbol at the exchange' })]));
        this.activate(options[0]);
    }

    private activate(option: HTMLElement | undefined): void {
        this.active?.setAttribute('aria-selected', 'false');
        this.active = option ?? null;
        if (!option) return this.input.removeAttribute('aria-activedescendant');
        option.setAttribute('aria-selected', 'true');
        this.input.setAttribute('aria-activedescendant', option.id);
        option.scrollIntoView({ block: 'nearest' });
    }

    private onKey(event: KeyboardEvent): void {
        // A search field would take the first Escape for itself.
        if (event.key === 'Escape') this.dialog.close();
        if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
        event.preventDefault();
        const next = event.key === 'ArrowDown' ? this.active?.nextElementSibling : this.active?.previousElementSibling;
        if (next instanceof HTMLElement) this.activate(next);
    }

    private choose(option: HTMLElement | null): void {
        if (!option?.dataset.symbol) return;
        this.dialog.close();
        this.deps.onPick(option.dataset.symbol);
    }
}
