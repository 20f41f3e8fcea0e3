import { Emitter } from './emitter';
import type { Link, Resumed } from './link';
import type { AccountEvent, Welcome } from './protocol';

const kKept = 300;
const kPage = 500;
const kReplayMs = 400;

interface NoticeEvents {
    change: void;
    /** What happens while we watch; `missed`: what happened while we did not. */
    fresh: { events: AccountEvent[]; missed: boolean };
    /** Some events may be lost. */
    hole: { reason: string };
}

/**
 * The account's durable events, newest first: notifications and gaps. The list comes from the server's history, what
 * is new from the link, which never repeats one.
 */
export class Notices extends Emitter<NoticeEvents> {
    acked = 0;
    private readonly rows = new Map<number, AccountEvent>();
    private readonly replayed: AccountEvent[] = [];
    private replayTimer: ReturnType<typeof setTimeout> | undefined;
    private account: string | null = null;
    private epoch = '';

    constructor(private readonly link: Link) {
        super();
        link.on('ready', ({ greeting, resumed }) => void this.onReady(greeting, resumed));
        link.on('state', ({ name }) => name === 'locked' && this.clear());
        link.on('notification', (event) => this.onEvent(event));
        link.on('gap', (event) => this.onEvent(event));
        link.on('unpushed', () => void this.loadNewer());
    }

    all(): AccountEvent[] {
        return [...this.rows.values()].sort((a, b) => b.seq - a.seq);
    }

    /** Events that nobody has marked as read. */
    get unread(): number {
        return [...this.rows.keys()].filter((seq) => seq > this.acked).length;
    }

    async ackAll(): Promise<void> {
        const newest = this.newest();
        if (newest <= this.acked) return;
        this.acked = newest;
        this.emit('change', undefined);
        try {
            this.acked = Math.max(this.acked, (await this.link.request('ack', { seq: newest })).acked);
        } catch {
            // The next opening of the list says it again.
        }
    }

    private newest(): number {
        return Math.max(0, ...this.rows.keys());
    }

    private async onReady({ account, epoch, acked, seq }: Welcome, resumed: Resumed): Promise<void> {
        if (this.account !== account || this.epoch !== epoch) this.rows.clear();
        Object.assign(this, { account, epoch, acked });
        this.emit('change', undefined);
        if (resumed.kind === 'hole') this.emit('hole', { reason: resumed.reason });
        await this.loadNewer(Math.max(0, (seq ?? 0) - kKept));
    }

    /** From the history: what follows `after`. */
    private async loadNewer(after = this.newest()): Promise<void> {
        try {
            for (let more = true; more; ) {
                const page = await this.link.request('history', { after, limit: kPage });
                for (const event of page.events) this.keep(event);
                more = page.events.length === kPage;
                after = page.next_after;
            }
        } catch {
            return; // a broken connection; the next one loads again
        }
        this.emit('change', undefined);
    }

    private onEvent(event: AccountEvent): void {
        this.keep(event);
        this.emit('change', undefined);
        if (!event.replay) return this.emit('fresh', { events: [event], missed: false });
        // A replay comes in one burst, and is announced as one thing.
        this.replayed.push(event);
        clearTimeout(this.replayTimer);
        this.replayTimer = setTimeout(() => this.emit('fresh', { events: this.replayed.splice(0), missed: true }), kReplayMs);
    }

    private clear(): void {
        this.rows.clear();
        this.emit('change', undefined);
    }

    private keep(event: AccountEvent): void {
        this.rows.set(event.seq, event);
        if (this.rows.size <= kKept) return;
        const oldest = [...this.rows.keys()].sort((a, b) => a - b);
        for (const seq of oldest.slice(0, this.rows.size - kKept)) this.rows.delete(seq);
    }
}
