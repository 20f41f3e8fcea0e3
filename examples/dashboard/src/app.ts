import { AlertForm } from './alert_form';
import { AlertList, type AlertActions } from './alert_list';
import { Alerts } from './alerts';
import { Announcer } from './announcer';
import { Api } from './api';
import { ChartView } from './chart_view';
import './css/base.css';
import './css/layout.css';
import './css/chart.css';
import './css/panels.css';
import './css/dialogs.css';
import { byId, icon, setText } from './dom';
import { dateText } from './format';
import { Header } from './header';
import { completeLine, levelsOf } from './kinds';
import { LevelLayer } from './level_layer';
import { Link } from './link';
import { Market } from './market';
import { MarketView } from './market_view';
import { Memory } from './memory';
import { NoticeList } from './notice_list';
import { Notices } from './notices';
import { Preview, askPreview } from './preview';
import type { Point } from './price_chart';
import type { AccountEvent, Alert, AlertParams, Notification } from './protocol';
import { QuickAlert } from './quick_alert';
import { Receivers } from './receivers';
import { ReceiversView } from './receivers_view';
import { SettingsView } from './settings_view';
import { StatsView } from './stats_view';
import { StatusView } from './status_view';
import { SymbolPicker } from './symbol_picker';
import { Tabs } from './tabs';
import { Toasts } from './toasts';

const kDefaultSymbol = 'BTCUSDT';
const kOfferMs = 20_000;
const kBadNewsMs = 30_000;
const kHoles: Record<string, string> = {
    epoch_changed: 'The server’s data was restored or made anew; what fired before is not known to it.',
    too_old: 'Older notifications were removed in the meantime.',
    ahead: 'The server knows less than this browser has seen.',
};

/** Builds the page and ties its parts together. */
class App {
    private readonly memory = new Memory(localStorage);
    private symbol = symbolOf(location.hash) ?? this.memory.get('symbol') ?? kDefaultSymbol;
    private readonly here = () => this.symbol;
    private readonly link = new Link({ url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`, memory: this.memory });
    private readonly api = new Api(() => this.link.secret);
    private readonly market = new Market(this.link, this.api);
    private readonly alerts = new Alerts(this.link);
    private readonly notices = new Notices(this.link);
    private readonly announcer = new Announcer(this.memory);
    private readonly receivers = new Receivers(this.api, () => this.link.secret !== null);
    private readonly toasts = new Toasts(byId('toasts'));
    private readonly actions = this.alertActions();
    private readonly form = new AlertForm({
        symbols: () => this.market.symbols,
        channels: () => this.receivers.channels(),
        priceOf: (symbol) => this.priceOf(symbol),
        onCreate: (params) => this.create(params),
        onUpdate: (id, set) => this.alerts.update(id, set),
        onPreview: (params) => askPreview(this.link, params),
        onShowPreview: (params, alert) => this.showPreview(params, alert),
    });
    private readonly receiversView = new ReceiversView({ receivers: this.receivers, toasts: this.toasts });
    private readonly settings = new SettingsView({ announcer: this.announcer, link: this.link, memory: this.memory, onReceivers: () => void this.receiversView.open(), onTheme: (theme) => this.setTheme(theme) });
    private readonly picker = new SymbolPicker({ market: this.market, onPick: (symbol) => this.show(symbol) });
    private readonly quick = new QuickAlert(byId('quick') as HTMLFormElement, { onCreate: (params) => this.create(params), onMore: (params) => this.form.open({ params }) });
    private readonly chartView: ChartView = new ChartView(
        { frame: byId('chart'), intervals: byId('intervals'), legend: byId('legend'), note: byId('chart-note'), toEnd: byId('to-end') },
        { api: this.api, market: this.market, memory: this.memory, onPick: (price, point) => this.pick(price, point), onLayout: () => this.levels?.layout(), onFilled: () => this.onFilled() },
    );
    private readonly levels: LevelLayer | undefined = new LevelLayer(byId('levels'), { chart: this.chartView.chart, onMove: (alert, member, price) => this.moveLevel(alert, member, price), onRemove: this.actions.remove, onEdit: this.actions.edit });
    private readonly preview = new Preview(byId('preview'), { link: this.link, chartView: this.chartView, onChange: () => this.renderFires() });
    private readonly stats = new StatsView(byId('stats'), { api: this.api, market: this.market, symbol: this.here, onLoaded: () => this.header.render() });
    private readonly status = new StatusView(byId('connection'), byId('stale-note'), { link: this.link, market: this.market, symbol: this.here, onSignIn: () => this.settings.open() });
    private readonly alertList = new AlertList(byId('panel-alerts'), { alerts: this.alerts, market: this.market, actions: this.actions, symbol: this.here });
    private readonly noticeList = new NoticeList(byId('panel-notices'), { notices: this.notices, onOpen: ({ symbol }) => this.show(symbol) });
    private readonly marketView = new MarketView(byId('panel-market'), { api: this.api, market: this.market, symbol: this.here, onPick: (symbol) => this.show(symbol), onRows: () => this.follow() });
    private readonly tabs = new Tabs(['alerts', 'notices', 'market'], { memory: this.memory, onShow: (name) => this.onTab(name) });
    private readonly header = new Header({
        market: this.market, notices: this.notices, stats: this.stats, symbol: this.here,
        onSymbol: () => this.picker.open(), onBell: () => this.tabs.show('notices', true), onTheme: () => this.setTheme(isDark() ? 'light' : 'dark'), onSettings: () => this.settings.open(), onNewAlert: () => this.newAlert(),
    });

    start(): void {
        byId('to-end').append(icon('end'));
        this.listen();
        this.applyTheme();
        this.onNotices();
        this.show(this.symbol);
        this.tabs.show(this.memory.get('tab'));
        this.link.open();
    }

    // ---- Showing a symbol

    private show(symbol: string): void {
        this.preview.close();
        this.symbol = symbol;
        this.memory.set('symbol', symbol);
        history.replaceState(null, '', `#${symbol}`);
        this.quick.close();
        this.follow();
        this.stats.first = null;
        this.chartView.show(symbol);
        this.header.render();
        this.renderLevels();
        this.renderFires();
        this.alertList.render();
        this.status.render();
        this.marketView.mark();
    }

    /** Live prices of what is shown, and of what has alerts. */
    private follow(): void {
        const waiting = this.alerts.all().filter((alert) => !Alerts.hasEnded(alert));
        this.market.want([this.symbol, ...waiting.map(({ symbol }) => symbol), ...this.marketView.shown()]);
    }

    private priceOf(symbol: string): string | null {
        const drawn = symbol === this.symbol ? this.chartView.series.last?.c.toFixed(8) : undefined;
        const price = this.market.price(symbol)?.price ?? drawn;
        return price?.includes('.') ? price.replace(/0+$/, '').replace(/\.$/, '') : (price ?? null);
    }

    private onFilled(): void {
        this.renderFires();
        void this.stats.load();
    }

    // ---- Alerts

    private alertActions(): AlertActions {
        const attempt = (title: string, run: (alert: Alert) => Promise<unknown>) => (alert: Alert) => void run(alert).catch((error: unknown) => this.toasts.error(title, error));
        const restore = attempt('Not restored', (alert) => this.alerts.create(Alerts.recipe(alert)));
        const removeAll = async (ended: Alert[]): Promise<void> => {
            for (const { id } of ended) await this.alerts.remove(id);
        };
        return {
            show: ({ symbol }) => this.show(symbol),
            edit: (alert) => this.form.open({ alert }),
            preview: (alert) => this.showPreview(alert, alert),
            pause: attempt('Not paused', ({ id }) => this.alerts.pause(id)),
            rearm: attempt('Not armed', ({ id }) => this.alerts.rearm(id)),
            remove: attempt('Not removed', async (alert) => {
                await this.alerts.remove(alert.id);
                this.toasts.show({ title: 'Alert removed', text: alert.text, action: { label: 'Undo', run: () => restore(alert) } });
            }),
            removeEnded: () => void removeAll(this.alerts.all().filter(Alerts.hasEnded)).catch((error: unknown) => this.toasts.error('Not removed', error)),
            createLine: (line) => this.create(completeLine(line, this.symbol)),
        };
    }

    private async create(params: AlertParams | string): Promise<void> {
        const { created, alert } = await this.alerts.create(params);
        if (!created) this.toasts.show({ title: 'You have this alert already', text: alert.text });
        else this.offerDesktop();
    }

    /** Once, when the first alert stands: who waits for a price looks elsewhere meanwhile. */
    private offerDesktop(): void {
        if (this.memory.get('offered') || this.announcer.desktop !== 'off') return;
        this.memory.set('offered', true);
        this.toasts.show({ title: 'Notify you when it fires, also behind other windows?', stayMs: kOfferMs, action: { label: 'Allow', run: () => void this.announcer.setDesktop(true) } });
    }

    private pick(price: string, point: Point): void {
        const { clientWidth: width, clientHeight: height } = byId('chart-frame');
        this.quick.open({ symbol: this.symbol, price, tick: this.chartView.chart.tick, current: this.priceOf(this.symbol), point, within: { width, height } });
    }

    private async moveLevel(alert: Alert, member: string, price: string): Promise<void> {
        try {
            await this.alerts.update(alert.id, { when: { ...alert.when, [member]: price } });
        } catch (error) {
            this.toasts.error('The level was not moved', error);
            throw error;
        }
    }

    private showPreview(params: AlertParams, alert: Alert | null): void {
        if (params.symbol !== this.symbol) this.show(params.symbol);
        const name = alert?.text ?? `${params.symbol}, ${params.when.kind.replace('_', ' ')}`;
        this.preview.open(params, name, alert ? 'Change…' : 'Edit…', () => this.form.open({ params, alert }));
    }

    private renderLevels(): void {
        const shown = this.alerts.all().filter((alert) => alert.symbol === this.symbol && !Alerts.hasEnded(alert));
        const levels = shown.flatMap((alert) => levelsOf(alert.when).map(({ name, price }) => ({ id: `${alert.id}.${name}`, alert, member: name, price })));
        this.chartView.chart.setReach(levels.map(({ price }) => Number(price)));
        this.levels?.set(levels, this.chartView.chart.tick);
    }

    private renderFires(): void {
        const fires = this.notices.all().filter((event): event is Notification => event.type === 'notification' && event.symbol === this.symbol);
        this.chartView.chart.setFires([...fires.map(({ trade }) => ({ time: trade.time, price: Number(trade.price), preview: false })), ...this.preview.marks]);
    }

    // ---- Events

    private listen(): void {
        const { link, market, alerts, notices, toasts } = this;
        market.on('price', ({ symbol }) => symbol === this.symbol && this.header.render());
        market.on('symbols', () => this.onSymbols());
        alerts.on('change', () => this.onAlerts());
        notices.on('change', () => this.onNotices());
        notices.on('fresh', ({ events, missed }) => this.onFresh(events, missed));
        notices.on('hole', ({ reason }) => toasts.show({ title: 'Some notifications may be missing', text: kHoles[reason] ?? reason, tone: 'bad', stayMs: kBadNewsMs }));
        link.on('ready', () => this.onReady());
        link.on('stored', () => void this.receivers.load().catch(() => undefined));
        link.on('forgotten', () => toasts.show({ title: 'A new anonymous account', text: 'The server no longer knows this browser’s earlier one; its alerts are gone.', tone: 'bad', stayMs: kBadNewsMs }));
        link.on('state', ({ name }) => name === 'locked' && this.settings.open());
        const again = (): void => void (link.state.name === 'waiting' && document.visibilityState === 'visible' && link.open());
        window.addEventListener('online', again);
        document.addEventListener('visibilitychange', again);
        window.addEventListener('hashchange', () => {
            const symbol = symbolOf(location.hash);
            if (symbol) this.show(symbol);
        });
        document.addEventListener('keydown', (event) => this.onKey(event));
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.applyTheme());
    }

    private onReady(): void {
        void this.market.loadSymbols();
        void this.chartView.refresh();
        void this.receivers.load().catch(() => undefined);
        const learn = async (): Promise<void> => {
            const { methods } = await this.link.request('help');
            this.form.canPreview = methods.some(({ method }) => method === 'preview');
            this.alertList.allowPreview(this.form.canPreview);
        };
        void learn().catch(() => undefined);
    }

    /** Now it is known how many digits prices have. */
    private onSymbols(): void {
        this.chartView.chart.setTick(this.market.tick(this.symbol));
        this.chartView.hover(null);
        void this.stats.load();
        this.alertList.render();
        this.renderLevels();
        this.header.render();
    }

    private onAlerts(): void {
        this.follow();
        this.renderLevels();
        const waiting = this.alerts.all().filter((alert) => !Alerts.hasEnded(alert)).length;
        setText(byId('alerts-count'), waiting > 0 ? String(waiting) : '');
    }

    private onNotices(): void {
        const { unread } = this.notices;
        setText(byId('notices-count'), unread > 0 ? String(unread) : '');
        this.header.renderUnread();
        this.renderFires();
    }

    private onFresh(events: AccountEvent[], missed: boolean): void {
        const fired = events.filter((event): event is Notification => event.type === 'notification');
        const list = { label: 'Show', run: () => this.tabs.show('notices', true) };
        if (missed && events.length > 1) {
            this.toasts.show({ title: `${events.length} notifications while you were away`, tone: 'alert', action: list });
        } else {
            for (const { message, note, symbol, times } of fired) this.toasts.show({ title: message, text: [note, missed ? dateText(times.trade) : null].filter(Boolean).join(' · '), tone: 'alert', action: symbol === this.symbol ? null : { label: 'Show', run: () => this.show(symbol) } });
            for (const { symbol } of events.filter(({ type }) => type === 'gap')) this.toasts.show({ title: `Some trades of ${symbol} could not be judged`, tone: 'bad', action: list });
        }
        const last = fired.at(-1);
        if (last) this.announcer.announce({ id: last.id, title: fired.length > 1 ? `${fired.length} alerts fired` : last.message, text: last.note ?? '' });
    }

    private onTab(name: string): void {
        if (name === 'market') void this.marketView.load();
        else this.follow();
        if (name === 'notices') this.noticeList.render();
    }

    /** `/` finds a symbol, `a` begins an alert at the current price, `n` shows the notifications. */
    private onKey(event: KeyboardEvent): void {
        const { target } = event;
        if (event.ctrlKey || event.metaKey || event.altKey || (target instanceof Element && target.closest('input, select, textarea, dialog'))) return;
        const run: (() => void) | undefined = { '/': () => this.picker.open(), a: () => this.newAlert(), n: () => this.tabs.show('notices', true) }[event.key];
        if (!run) return;
        event.preventDefault();
        run();
    }

    private newAlert(): void {
        const price = this.priceOf(this.symbol);
        this.form.open({ params: { symbol: this.symbol, ...(price && { when: { kind: 'above' as const, price } }) } });
    }

    // ---- Theme

    private setTheme(theme: string): void {
        this.memory.set('theme', theme || null);
        if (theme) document.documentElement.dataset.theme = theme;
        else delete document.documentElement.dataset.theme;
        this.applyTheme();
    }

    private applyTheme(): void {
        this.header.renderTheme(isDark());
        this.chartView.chart.applyTheme();
        this.renderFires();
    }
}

/** The page's address names the symbol, so that it can be kept as a bookmark. */
function symbolOf(hash: string): string | undefined {
    return /^#[A-Z0-9]{2,20}$/.exec(hash)?.[0].slice(1);
}

function isDark(): boolean {
    return (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
}

new App().start();
