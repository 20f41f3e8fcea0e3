/**
 * The account's durable events, newest first: notifications and gaps. The list comes from the server's history, what
 * is new from the link, which never repeats one. Emits `change`, and `fresh` {event} for what happens while we watch.
 */
const kKept = 300;
const kPage = 500;
const kReplayMs = 400;

export class Notices extends EventTarget {
    constructor(link) {
        super();
        this.link = link;
        this.rows = new Map();
        this.acked = 0;
        this.replayed = [];
        link.addEventListener('ready', ({ detail }) => this.onReady(detail));
        link.addEventListener('state', ({ detail }) => detail.name === 'locked' && (this.rows.clear(), this.changed()));
        link.addEventListener('notification', ({ detail }) => this.onEvent(detail));
        link.addEventListener('gap', ({ detail }) => this.onEvent(detail));
        link.addEventListener('unpushed', () => this.loadNewer());
    }

    all() {
        return [...this.rows.values()].sort((a, b) => b.seq - a.seq);
    }

    get newest() {
        return Math.max(0, ...this.rows.keys());
    }

    /** Events that nobody has marked as read. */
    get unread() {
        return [...this.rows.keys()].filter((seq) => seq > this.acked).length;
    }

    async ackAll() {
        const newest = this.newest;
        if (newest <= this.acked) return;
        this.acked = newest;
        this.changed();
        try {
            this.acked = Math.max(this.acked, (await this.link.request('ack', { seq: newest })).acked);
        } catch {
            // The next opening of the list says it again.
        }
    }

    async onReady({ greeting, resumed }) {
        if (this.account !== greeting.account || this.epoch !== greeting.epoch) this.rows.clear();
        Object.assign(this, { account: greeting.account, epoch: greeting.epoch, acked: greeting.acked });
        this.changed();
        if (resumed.kind === 'hole') this.dispatchEvent(Object.assign(new Event('hole'), { reason: resumed.reason }));
        await this.loadNewer(Math.max(0, greeting.seq - kKept));
    }

    /** From the history: what follows `after`. */
    async loadNewer(after = this.newest) {
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
        this.changed();
    }

    onEvent(event) {
        this.keep(event);
        this.changed();
        if (!event.replay) return this.announce([event], false);
        // A replay comes in one burst, and is announced as one thing.
        this.replayed.push(event);
        clearTimeout(this.replayTimer);
        this.replayTimer = setTimeout(() => this.announce(this.replayed.splice(0), true), kReplayMs);
    }

    announce(events, missed) {
        this.dispatchEvent(Object.assign(new Event('fresh'), { events, missed }));
    }

    keep(event) {
        this.rows.set(event.seq, event);
        if (this.rows.size <= kKept) return;
        const oldest = [...this.rows.keys()].sort((a, b) => a - b);
        for (const seq of oldest.slice(0, this.rows.size - kKept)) this.rows.delete(seq);
    }

    changed() {
        this.dispatchEvent(new Event('change'));
    }
}
