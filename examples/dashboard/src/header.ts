import { byId, h, icon, setText } from './dom';
import { percentText, priceText, trend } from './format';
import type { Market } from './market';
import type { Notices } from './notices';
import type { StatsView } from './stats_view';

interface HeaderDeps {
    market: Market;
    notices: Notices;
    stats: StatsView;
    symbol: () => string;
    onSymbol: () => void;
    onBell: () => void;
    onTheme: () => void;
    onSettings: () => void;
    onNewAlert: () => void;
}

/** The top of the page, and its title: which symbol, its price, what is unread. */
export class Header {
    private readonly symbolName = h('span', { class: 'symbol-name' });
    private readonly price = h('span', { class: 'quote-price' });
    private readonly change = h('span', { class: 'quote-change', title: 'Change over 24 hours' });
    private readonly bell = byId('bell');

    constructor(private readonly deps: HeaderDeps) {
        const button = (id: string, run: () => void, ...children: Node[]): void => {
            byId(id).append(...children);
            byId(id).addEventListener('click', run);
        };
        button('symbol-button', deps.onSymbol, icon('search'), this.symbolName);
        button('bell', deps.onBell, icon('bell'));
        button('theme-button', deps.onTheme);
        button('settings-button', deps.onSettings, icon('gear'));
        button('new-alert', deps.onNewAlert, icon('plus'), h('span', { text: 'New alert' }));
        byId('quote').append(this.price, this.change);
    }

    render(): void {
        const { market, notices, stats, symbol } = this.deps;
        const quote = market.price(symbol());
        const price = priceText(quote?.price, market.tick(symbol()));
        const moved = quote?.before ? Number(quote.price) - Number(quote.before) : 0;
        setText(this.symbolName, symbol());
        setText(this.price, price);
        if (moved !== 0) this.price.className = `quote-price ${trend(moved)}`;
        const change = quote && stats.first ? (Number(quote.price) / Number(stats.first) - 1) * 100 : null;
        setText(this.change, change === null ? '' : percentText(change));
        this.change.className = `quote-change ${trend(change)}`;
        const title = `${notices.unread > 0 ? `(${notices.unread}) ` : ''}${quote ? `${price} ` : ''}${symbol()} · tickbell`;
        if (document.title !== title) document.title = title;
    }

    renderUnread(): void {
        const { unread } = this.deps.notices;
        this.bell.dataset.count = unread > 99 ? '99+' : unread > 0 ? String(unread) : '';
        this.bell.setAttribute('aria-label', unread > 0 ? `Notifications, ${unread} unread` : 'Notifications');
        this.render();
    }

    renderTheme(dark: boolean): void {
        const button = byId('theme-button');
        const label = dark ? 'Light theme' : 'Dark theme';
        button.replaceChildren(icon(dark ? 'sun' : 'moon'));
        button.title = label;
        button.setAttribute('aria-label', label);
    }
}
