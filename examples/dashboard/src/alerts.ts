import { Emitter } from './emitter';
import { durationMs } from './format';
import type { Link } from './link';
import type { Alert, AlertParams, AlertStateName, AlertStatePush, Notification, Results } from './protocol';

const kPage = 500;
const kReloadMs = 150;
const kTimerMsMax = 2 ** 31 - 1;
const kEnded = new Set<AlertStateName>(['done', 'expired']);

/** The account's alerts as the server knows them. Commands answer the server's result or reject. */
export class Alerts extends Emitter<{ change: void }> {
    loaded = false;
    private rows = new Map<string, Alert>();
    /** Armed receipts by alert: one may come before the reply that makes its revision known to us. */
    private readonly receipts = new Map<string, { rev: number; state: AlertStateName }>();
    private reloadTimer: ReturnType<typeof setTimeout> | undefined;

    constructor(private readonly link: Link) {
        super();
        link.on('ready', () => void this.load());
        link.on('state', ({ name }) => name === 'locked' && this.clear());
        link.on('alert_state', (push) => this.onState(push));
        link.on('notification', (push) => this.onFired(push));
    }

    /** Newest first. */
    all(): Alert[] {
        return [...this.rows.values()].reverse();
    }

    get(id: string): Alert | undefined {
        return this.rows.get(id);
    }

    async create(params: AlertParams | string): Promise<Results['subscribe']> {
        // A line of text is the whole of the parameters.
        const result = await this.link.request('subscribe', params as object);
        this.put(result.alert);
        return result;
    }

    async update(id: string, set: Partial<AlertParams>): Promise<void> {
        this.put((await this.link.request('update', { alert_id: id, set })).alert);
    }

    async pause(id: string): Promise<void> {
        this.put((await this.link.request('pause', { alert_id: id })).alert);
    }

    async rearm(id: string): Promise<void> {
        this.put((await this.link.request('rearm', { alert_id: id })).alert);
    }

    async remove(id: string): Promise<void> {
        await this.link.request('unsubscribe', { alert_id: id });
        this.rows.delete(id);
        this.emit('change', undefined);
    }

    /** What `subscribe` takes to make the same alert again. */
    static recipe({ symbol, when, mode, cooldown, expires, key, note, channels }: Alert): AlertParams {
        const given = Object.entries({ cooldown, expires, key, note, channels }).filter(([, value]) => value !== null);
        return { symbol, when, mode, ...Object.fromEntries(given) };
    }

    static hasEnded({ state }: Alert): boolean {
        return kEnded.has(state);
    }

    private async load(): Promise<void> {
        const rows = new Map<string, Alert>();
        let cursor: string | null = null;
        try {
            do {
                const page: Results['list'] = await this.link.request('list', { limit: kPage, ...(cursor && { cursor }) });
                for (const alert of page.alerts) rows.set(alert.id, alert);
                cursor = page.next_cursor;
            } while (cursor);
        } catch {
            return; // a broken connection; the next one loads again
        }
        this.rows = rows;
        this.loaded = true;
        this.emit('change', undefined);
    }

    /** Signed out: what was shown is another's. */
    private clear(): void {
        this.rows.clear();
        this.emit('change', undefined);
    }

    private put(alert: Alert): void {
        const receipt = this.receipts.get(alert.id);
        if (receipt?.rev === alert.rev && alert.state === 'pending') alert.state = receipt.state;
        this.rows.set(alert.id, alert);
        this.emit('change', undefined);
    }

    private onState({ alert_id: id, rev, state }: AlertStatePush): void {
        const alert = this.rows.get(id);
        if (state === 'removed') {
            this.receipts.delete(id);
            if (this.rows.delete(id)) this.emit('change', undefined);
            return;
        }
        this.receipts.set(id, { rev, state });
        if (!alert || alert.rev !== rev) return this.reloadSoon();
        alert.state = state;
        this.emit('change', undefined);
    }

    private onFired({ alert_id: id, fire, trade }: Notification): void {
        const alert = this.rows.get(id);
        if (!alert) return;
        alert.fires = Math.max(alert.fires, fire);
        alert.last_fired = trade.time;
        this.rest(alert, trade.time);
        this.emit('change', undefined);
    }

    /** Resting is not announced: it follows from the fire, and ends by the clock. */
    private rest(alert: Alert, firedAt: number): void {
        const leftMs = firedAt + durationMs(alert.cooldown) - Date.now();
        if (leftMs <= 0 || alert.mode === 'once') return;
        alert.state = 'cooldown';
        setTimeout(() => this.reloadSoon(), Math.min(leftMs, kTimerMsMax));
    }

    /** Another tab, or another client of the account, changed something. */
    private reloadSoon(): void {
        clearTimeout(this.reloadTimer);
        this.reloadTimer = setTimeout(() => void this.load(), kReloadMs);
    }
}
