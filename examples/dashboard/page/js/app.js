import { AlertForm } from './alert_form.js';
import { AlertList } from './alert_list.js';
import { Alerts } from './alerts.js';
import { Announcer } from './announcer.js';
import { Api } from './api.js';
import { ChartView } from './chart_view.js';
import { byId, h, icon, setText } from './dom.js';
import { dateText, percentText, priceText, trend } from './format.js';
import { completeLine, levelsOf } from './kinds.js';
import { LevelLayer } from './level_layer.js';
import { Link } from './link.js';
import { Market } from './market.js';
import { MarketView } from './market_view.js';
import { Memory } from './memory.js';
import { NoticeList } from './notice_list.js';
import { Notices } from './notices.js';
import { QuickAlert } from './quick_alert.js';
import { Receivers } from './receivers.js';
import { ReceiversView } from './receivers_view.js';
import { SettingsView } from './settings_view.js';
import { StatsView } from './stats_view.js';
import { StatusView } from './status_view.js';
import { SymbolPicker } from './symbol_picker.js';
import { Tabs } from './tabs.js';
import { Toasts } from './toasts.js';

const kDefaultSymbol = 'BTCUSDT';
const kHoles = {
    epoch_changed: 'The server’s data was restored or made anew; what fired before is not known to it.',
    too_old: 'Older notifications were removed in the meantime.',
    ahead: 'The server knows less than this browser has seen.',
};

/** Builds the page and ties its parts together. */
class App {
    constructor() {
        const memory = (this.memory = new Memory(localStorage));
        this.symbol = symbolOf(location.hash) ?? memory.get('symbol', kDefaultSymbol);
        const here = () => this.symbol;
        const link = (this.link = new Link({ url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`, memory }));
        const api = (this.api = new Api(() => memory.get('key') ?? memory.get('session')));
        const market = (this.market = new Market(link, api));
        const alerts = (this.alerts = new Alerts(link));
        const notices = (this.notices = new Notices(link));
        this.announcer = new Announcer(memory);
        this.receivers = new Receivers(api, () => memory.get('key') !== null || memory.get('session') !== null);
        this.toasts = new Toasts(byId('toasts'));
        const actions = this.alertActions();
        this.form = new AlertForm({
            symbols: () => market.symbols,
            channels: () => this.receivers.channels(),
            priceOf: (symbol) => this.priceOf(symbol),
            onCreate: (params) => this.create(params),
            onUpdate: (id, set) => alerts.update(id, set),
            onPreview: (params) => this.preview(params),
        });
        this.receiversView = new ReceiversView({ receivers: this.receivers, toasts: this.toasts });
        this.settings = new SettingsView({ announcer: this.announcer, link, memory, onReceivers: () => this.receiversView.open(), onTheme: (theme) => this.setTheme(theme) });
        this.status = new StatusView(byId('connection'), { link, market, symbol: here, onSignIn: () => this.settings.open() });
        this.tabs = new Tabs(['alerts', 'notices', 'market'], { memory, onShow: (name) => this.onTab(name) });
        this.alertList = new AlertList(byId('panel-alerts'), { alerts, market, actions, symbol: here });
        this.noticeList = new NoticeList(byId('panel-notices'), { notices, onOpen: ({ symbol }) => this.show(symbol) });
        this.marketView = new MarketView(byId('panel-market'), { api, market, symbol: here, onPick: (symbol) => this.show(symbol) });
        this.picker = new SymbolPicker({ market, onPick: (symbol) => this.show(symbol) });
        this.quick = new QuickAlert(byId('quick'), { onCreate: (params) => this.create(params), onMore: (params) => this.form.open({ params }) });
        this.chartView = new ChartView(
            { frame: byId('chart'), intervals: byId('intervals'), legend: byId('legend'), note: byId('chart-note'), toEnd: byId('to-end') },
            { api, market, memory, onPick: (price, point) => this.pick(price, point), onLayout: () => this.levels?.layout() },
        );
        this.chartView.onFilled = () => (this.renderFires(), this.stats.load());
        this.levels = new LevelLayer(byId('levels'), { chart: this.chartView.chart, onMove: (alert, member, price) => this.moveLevel(alert, member, price), onRemove: actions.remove, onEdit: actions.edit });
        this.stats = new StatsView(byId('stats'), { api, market, symbol: here });
        this.stats.onLoaded = () => this.renderQuote();
        this.listen();
        this.buildHeader();
    }

    start() {
        this.show(this.symbol);
        this.tabs.show(this.memory.get('tab', 'alerts'));
        this.link.open();
    }

    // ---- Showing a symbol

    show(symbol) {
        this.symbol = symbol;
        this.memory.set('symbol', symbol);
        history.replaceState(null, '', `#${symbol}`);
        this.quick.close();
        this.follow();
        this.stats.first = null;
        this.chartView.show(symbol);
        setText(this.symbolName, symbol);
        this.renderQuote();
        this.renderLevels();
        this.renderFires();
        this.alertList.render();
        this.status.render();
        this.marketView.mark();
    }

    /** Live prices of what is shown, and of what has alerts. */
    follow() {
        this.market.want(new Set([this.symbol, ...this.alerts.all().filter((alert) => !Alerts.hasEnded(alert)).map(({ symbol }) => symbol)]));
    }

    priceOf(symbol) {
        const price = this.market.price(symbol)?.price ?? (symbol === this.symbol ? this.chartView.series?.last?.c.toFixed(8) : undefined);
        return price?.includes('.') ? price.replace(/0+$/, '').replace(/\.$/, '') : (price ?? null);
    }

    // ---- Alerts

    alertActions() {
        const attempt = (title, run) => async (alert) => {
            try {
                await run(alert);
            } catch (error) {
                this.toasts.error(title, error);
            }
        };
        return {
            show: ({ symbol }) => this.show(symbol),
            edit: (alert) => this.form.open({ alert }),
            pause: attempt('Not paused', ({ id }) => this.alerts.pause(id)),
            rearm: attempt('Not armed', ({ id }) => this.alerts.rearm(id)),
            remove: attempt('Not removed', async (alert) => {
                await this.alerts.remove(alert.id);
                this.toasts.show({ title: 'Alert removed', text: alert.text, action: { label: 'Undo', run: attempt('Not restored', () => this.alerts.create(Alerts.recipe(alert))) } });
            }),
            removeEnded: attempt('Not removed', async () => {
                for (const { id } of this.alerts.all().filter(Alerts.hasEnded)) await this.alerts.remove(id);
            }),
            createLine: async (line) => this.create(completeLine(line, this.symbol)),
        };
    }

    async create(params) {
        const { created, alert } = await this.alerts.create(params);
        if (!created) this.toasts.show({ title: 'You have this alert already', text: alert.text });
        else this.offerDesktop();
        return alert;
    }

    /** Once, when the first alert stands: who waits for a price looks elsewhere meanwhile. */
    offerDesktop() {
        if (this.memory.get('offered', false) || this.announcer.desktop !== 'off') return;
        this.memory.set('offered', true);
        this.toasts.show({ title: 'Shall the system notify you when it fires?', text: 'Also while this page is behind others.', stayMs: 20_000, action: { label: 'Allow', run: () => this.announcer.setDesktop(true) } });
    }

    pick(price, point) {
        const tick = this.chartView.chart.tick;
        const frame = byId('chart-frame');
        this.quick.open({ symbol: this.symbol, price, tick, current: this.priceOf(this.symbol), point, within: { width: frame.clientWidth, height: frame.clientHeight } });
    }

    async moveLevel(alert, member, price) {
        try {
            await this.alerts.update(alert.id, { when: { ...alert.when, [member]: price } });
        } catch (error) {
            this.toasts.error('The level was not moved', error);
            throw error;
        }
    }

    async preview(params) {
        const now = Date.now();
        const { count, fires } = await this.link.request('preview', { ...params, from: now - 86_400_000, to: now });
        if (params.symbol === this.symbol) this.previewed = (fires ?? []).map((fire) => ({ time: fire.trade?.time ?? fire.time, price: Number(fire.trade?.price ?? fire.price), color: this.chartView.chart.colors.muted }));
        this.renderFires();
        return count === 0 ? 'It would not have fired in the last 24 hours.' : `It would have fired ${count === 1 ? 'once' : `${count} times`} in the last 24 hours (judged by minute).`;
    }

    renderLevels() {
        const shown = this.alerts.all().filter((alert) => alert.symbol === this.symbol && !Alerts.hasEnded(alert));
        const levels = shown.flatMap((alert) => levelsOf(alert.when).map(({ name, price }) => ({ id: `${alert.id}.${name}`, alert, member: name, price, state: alert.state })));
        this.chartView.chart.setReach(levels.map(({ price }) => Number(price)));
        this.levels.set(levels, this.chartView.chart.tick);
    }

    renderFires() {
        const fires = this.notices.all().filter(({ type, symbol }) => type === 'notification' && symbol === this.symbol);
        this.chartView.chart.setFires([...fires.map(({ trade }) => ({ time: trade.time, price: Number(trade.price) })), ...(this.previewed ?? [])]);
    }

    // ---- Events

    listen() {
        const { link, market, alerts, notices } = this;
        market.addEventListener('price', ({ symbol }) => symbol === this.symbol && this.renderQuote());
        market.addEventListener('symbols', () => this.onSymbols());
        alerts.addEventListener('change', () => this.onAlerts());
        notices.addEventListener('change', () => this.onNotices());
        notices.addEventListener('fresh', ({ events, missed }) => this.onFresh(events, missed));
        notices.addEventListener('hole', ({ reason }) => this.toasts.show({ title: 'Some notifications may be missing', text: kHoles[reason] ?? reason, tone: 'bad', stayMs: 30_000 }));
        link.addEventListener('ready', () => this.onReady());
        link.addEventListener('forgotten', () => this.toasts.show({ title: 'A new anonymous account', text: 'The server no longer knows this browser’s earlier one; its alerts are gone.', tone: 'bad', stayMs: 30_000 }));
        link.addEventListener('state', ({ detail }) => detail.name === 'locked' && this.settings.open());
        const again = () => link.state.name === 'waiting' && document.visibilityState === 'visible' && link.open();
        window.addEventListener('online', again);
        window.addEventListener('hashchange', () => symbolOf(location.hash) && this.show(symbolOf(location.hash)));
        document.addEventListener('visibilitychange', again);
        document.addEventListener('keydown', (event) => this.onKey(event));
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.applyTheme());
    }

    onReady() {
        this.market.loadSymbols();
        this.chartView.refresh();
        this.receivers.load().catch(() => {});
        this.link.request('help').then(({ methods }) => (this.form.canPreview = methods.some(({ method }) => method === 'preview'))).catch(() => {});
    }

    /** Now it is known how many digits prices have. */
    onSymbols() {
        this.chartView.chart.setTick(this.market.tick(this.symbol));
        this.chartView.hover(null);
        this.stats.load();
        this.alertList.render();
        this.renderLevels();
        this.renderQuote();
    }

    onAlerts() {
        this.follow();
        this.renderLevels();
        const waiting = this.alerts.all().filter((alert) => !Alerts.hasEnded(alert)).length;
        setText(byId('alerts-count'), waiting > 0 ? String(waiting) : '');
    }

    onNotices() {
        const unread = this.notices.unread;
        setText(byId('notices-count'), unread > 0 ? String(unread) : '');
        this.bell.dataset.count = unread > 99 ? '99+' : unread || '';
        this.bell.setAttribute('aria-label', unread > 0 ? `Notifications, ${unread} unread` : 'Notifications');
        this.renderTitle();
        this.renderFires();
    }

    onFresh(events, missed) {
        const fired = events.filter(({ type }) => type === 'notification');
        if (missed && events.length > 1) {
            this.toasts.show({ title: `${events.length} notifications while you were away`, tone: 'alert', action: { label: 'Show', run: () => this.tabs.show('notices') } });
        } else {
            for (const event of fired) this.toasts.show({ title: event.message, text: [event.note, missed ? dateText(event.times.trade) : null].filter(Boolean).join(' · '), tone: 'alert', action: event.symbol === this.symbol ? null : { label: 'Show', run: () => this.show(event.symbol) } });
        }
        for (const { symbol } of missed && events.length > 1 ? [] : events.filter(({ type }) => type === 'gap')) this.toasts.show({ title: `Some trades of ${symbol} could not be judged`, tone: 'bad', action: { label: 'Show', run: () => this.tabs.show('notices') } });
        const last = fired.at(-1);
        if (last) this.announcer.announce({ id: last.id, title: fired.length > 1 ? `${fired.length} alerts fired` : last.message, text: last.note ?? '' });
    }

    onTab(name) {
        if (name === 'market') this.marketView.load();
        if (name === 'notices') this.noticeList.render();
    }

    /** `/` finds a symbol, `a` begins an alert at the current price, `n` shows the notifications. */
    onKey(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea, dialog')) return;
        const run = { '/': () => this.picker.open(), a: () => this.newAlert(), n: () => this.tabs.show('notices') }[event.key];
        if (!run) return;
        event.preventDefault();
        run();
    }

    newAlert() {
        const price = this.priceOf(this.symbol);
        this.form.open({ params: { symbol: this.symbol, ...(price && { when: { kind: 'above', price } }) } });
    }

    // ---- Header

    buildHeader() {
        this.symbolName = h('span', { class: 'symbol-name' });
        byId('symbol-button').append(icon('search'), this.symbolName);
        byId('symbol-button').addEventListener('click', () => this.picker.open());
        this.quotePrice = h('span', { class: 'quote-price' });
        this.quoteChange = h('span', { class: 'quote-change', title: 'Change over 24 hours' });
        byId('quote').append(this.quotePrice, this.quoteChange);
        this.bell = byId('bell');
        this.bell.append(icon('bell'));
        this.bell.title = 'Notifications (n)';
        this.bell.addEventListener('click', () => this.tabs.show('notices', true));
        byId('theme-button').addEventListener('click', () => this.setTheme(isDark() ? 'light' : 'dark'));
        byId('to-end').append(icon('end'));
        byId('settings-button').append(icon('gear'));
        byId('settings-button').addEventListener('click', () => this.settings.open());
        byId('new-alert').append(icon('plus'), h('span', { text: 'New alert' }));
        byId('new-alert').title = 'New alert (a)';
        byId('new-alert').addEventListener('click', () => this.newAlert());
        this.applyTheme();
        this.onNotices();
    }

    renderQuote() {
        const price = this.market.price(this.symbol);
        const moved = price?.before ? Number(price.price) - Number(price.before) : 0;
        setText(this.quotePrice, priceText(price?.price ?? null, this.market.tick(this.symbol)));
        if (moved !== 0) this.quotePrice.className = `quote-price ${trend(moved)}`;
        const change = price && this.stats.first ? (Number(price.price) / Number(this.stats.first) - 1) * 100 : null;
        setText(this.quoteChange, change === null ? '' : percentText(change));
        this.quoteChange.className = `quote-change ${trend(change)}`;
        this.renderTitle();
    }

    renderTitle() {
        const price = this.market.price(this.symbol)?.price;
        const unread = this.notices.unread;
        const title = `${unread > 0 ? `(${unread}) ` : ''}${price ? `${priceText(price, this.market.tick(this.symbol))} ` : ''}${this.symbol} · tickbell`;
        if (document.title !== title) document.title = title;
    }

    setTheme(theme) {
        this.memory.set('theme', theme || null);
        if (theme) document.documentElement.dataset.theme = theme;
        else delete document.documentElement.dataset.theme;
        this.applyTheme();
    }

    applyTheme() {
        const button = byId('theme-button');
        const label = isDark() ? 'Light theme' : 'Dark theme';
        button.replaceChildren(icon(isDark() ? 'sun' : 'moon'));
        button.title = label;
        button.setAttribute('aria-label', label);
        this.chartView.chart.applyTheme();
    }
}

/** The page's address names the symbol, so that it can be kept as a bookmark. */
function symbolOf(hash) {
    return /^#[A-Z0-9]{2,20}$/.exec(hash)?.[0].slice(1);
}

function isDark() {
    return (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
}

new App().start();
