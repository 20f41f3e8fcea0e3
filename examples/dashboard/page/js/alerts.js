import { durationMs } from './format.js';

/** The account's alerts as the server knows them. Emits `change`. Commands answer the server's result or reject. */
const kPage = 500;
const kReloadMs = 150;
const kTimerMsMax = 2 ** 31 - 1;
const kEnded = new Set(['done', 'expired']);

export class Alerts extends EventTarget {
    constructor(link) {
        super();
        this.link = link;
        this.rows = new Map();
        this.loaded = false;
        link.addEventListener('ready', () => this.load());
        link.addEventListener('state', ({ detail }) => detail.name === 'locked' && this.clear());
        link.addEventListener('alert_state', ({ detail }) => this.onState(detail));
        link.addEventListener('notification', ({ detail }) => this.onFired(detail));
    }

    /** Newest first. */
    all() {
        return [...this.rows.values()].reverse();
    }

    get(id) {
        return this.rows.get(id);
    }

    async load() {
        const rows = new Map();
        let cursor;
        try {
            do {
                const page = await this.link.request('list', { limit: kPage, ...(cursor && { cursor }) });
                for (const alert of page.alerts) rows.set(alert.id, alert);
                cursor = page.next_cursor;
            } while (cursor);
        } catch {
            return; // a broken connection; the next one loads again
        }
        this.rows = rows;
        this.loaded = true;
        this.changed();
    }

    async create(params) {
        const result = await this.link.request('subscribe', params);
        this.put(result.alert);
        return result;
    }

    async update(id, set) {
        const { alert } = await this.link.request('update', { alert_id: id, set });
        this.put(alert);
        return alert;
    }

    async pause(id) {
        this.put((await this.link.request('pause', { alert_id: id })).alert);
    }

    async rearm(id) {
        this.put((await this.link.request('rearm', { alert_id: id })).alert);
    }

    async remove(id) {
        await this.link.request('unsubscribe', { alert_id: id });
        this.rows.delete(id);
        this.changed();
    }

    /** Signed out: what was shown is another's. */
    clear() {
        this.rows.clear();
        this.changed();
    }

    /** What `subscribe` takes to make the same alert again. */
    static recipe({ symbol, when, mode, cooldown, expires, key, note, channels }) {
        const given = Object.entries({ cooldown, expires, key, note, channels }).filter(([, value]) => value !== null);
        return { symbol, when, mode, ...Object.fromEntries(given) };
    }

    static hasEnded(alert) {
        return kEnded.has(alert.state);
    }

    put(alert) {
        const held = this.rows.get(alert.id);
        // An armed receipt may have come before the reply that made its revision known to us.
        if (held?.receipt && held.receipt.rev === alert.rev && alert.state === 'pending') alert.state = held.receipt.state;
        this.rows.set(alert.id, alert);
        this.changed();
    }

    onState({ alert_id: id, rev, state }) {
        const alert = this.rows.get(id);
        if (state === 'removed') {
            if (this.rows.delete(id)) this.changed();
            return;
        }
        if (!alert || alert.rev !== rev) return this.reloadSoon();
        Object.assign(alert, { state, receipt: { rev, state } });
        this.changed();
    }

    onFired({ alert_id: id, fire, trade }) {
        const alert = this.rows.get(id);
        if (!alert) return;
        Object.assign(alert, { fires: Math.max(alert.fires, fire), last_fired: trade.time });
        this.rest(alert, trade.time);
        this.changed();
    }

    /** Resting is not announced: it follows from the fire, and ends by the clock. */
    rest(alert, firedAt) {
        const leftMs = firedAt + durationMs(alert.cooldown) - Date.now();
        if (leftMs <= 0 || alert.mode === 'once') return;
        alert.state = 'cooldown';
        setTimeout(() => this.reloadSoon(), Math.min(leftMs, kTimerMsMax));
    }

    /** Another tab, or another client of the account, changed something. */
    reloadSoon() {
        clearTimeout(this.reloadTimer);
        this.reloadTimer = setTimeout(() => this.load(), kReloadMs);
    }

    changed() {
        this.dispatchEvent(new Event('change'));
    }
}
