import { h, iconButton } from './dom.js';

const kShownMax = 60;

/** A dialog to find a symbol: type, arrow keys, Enter. */
export class SymbolPicker {
    constructor({ market, onPick }) {
        Object.assign(this, { market, onPick });
        this.input = h('input', { type: 'search', class: 'search-input', placeholder: 'Search, e.g. btc', autocomplete: 'off', spellcheck: 'false', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'symbol-options', 'aria-label': 'Search a symbol', oninput: () => this.render() });
        this.list = h('ul', { class: 'options', role: 'listbox', id: 'symbol-options', 'aria-label': 'Symbols' });
        this.dialog = h('dialog', { class: 'dialog picker', 'aria-label': 'Choose a symbol' }, h('form', { class: 'picker-head', onsubmit: (event) => (event.preventDefault(), this.choose(this.active)) }, this.input, iconButton('close', 'Close', () => this.dialog.close())), this.list);
        document.body.append(this.dialog);
        this.input.addEventListener('keydown', (event) => this.onKey(event));
        this.list.addEventListener('click', (event) => this.choose(event.target.closest('[role=option]')));
        this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
        market.addEventListener('symbols', () => this.dialog.open && this.render());
    }

    open() {
        this.input.value = '';
        this.dialog.showModal();
        this.render();
        this.input.focus();
        this.market.loadSymbols();
    }

    /** Those that begin with what was typed, then those that hold it. */
    matches() {
        const typed = this.input.value.trim().toUpperCase().replaceAll('/', '');
        const rank = ({ symbol, base }) => (symbol === typed ? 0 : base === typed ? 1 : symbol.startsWith(typed) ? 2 : 3);
        const found = [...this.market.symbols.values()].filter(({ symbol }) => symbol.includes(typed)).sort((a, b) => rank(a) - rank(b));
        if (found.length === 0 && typed && this.market.symbols.size === 0) return [{ symbol: typed }];
        return found.slice(0, kShownMax);
    }

    render() {
        const options = this.matches().map(({ symbol, base, quote, status }, i) =>
            h('li', { role: 'option', id: `symbol-${i}`, 'data-symbol': symbol },
                h('span', { class: 'option-name', text: base ?? symbol }), quote ? h('span', { class: 'option-quote', text: `/ ${quote}` }) : null,
                status && status !== 'TRADING' ? h('span', { class: 'tag', text: status.toLowerCase().replaceAll('_', ' ') }) : null));
        this.list.replaceChildren(...(options.length > 0 ? options : [h('li', { class: 'option-none', text: 'No such symbol at the exchange' })]));
        this.activate(options[0]);
    }

    activate(option) {
        this.active?.setAttribute('aria-selected', 'false');
        this.active = option;
        if (!option) return this.input.removeAttribute('aria-activedescendant');
        option.setAttribute('aria-selected', 'true');
        this.input.setAttribute('aria-activedescendant', option.id);
        option.scrollIntoView({ block: 'nearest' });
    }

    onKey(event) {
        const next = { ArrowDown: this.active?.nextElementSibling, ArrowUp: this.active?.previousElementSibling }[event.key];
        if (!['ArrowDown', 'ArrowUp'].includes(event.key)) return;
        event.preventDefault();
        if (next) this.activate(next);
    }

    choose(option) {
        if (!option) return;
        this.dialog.close();
        this.onPick(option.dataset.symbol);
    }
}
