import { h, icon, part, reconcile, setText } from './dom';
import { agoText, dateText } from './format';
import type { Notices } from './notices';
import type { AccountEvent, Gap, Notification } from './protocol';

const kSources: Record<string, string> = { repair: 'repaired', catchup: 'caught up' };
const kGaps: Record<string, string> = { unrepaired: 'the exchange did not give them in time', too_old: 'the break was too long to catch up', tape_reset: 'the exchange began its numbering anew' };
const kReadAfterMs = 2_000;
const kAgesEveryMs = 15_000;

interface NoticeDeps {
    notices: Notices;
    onOpen: (event: Notification) => void;
}

/** Notifications and gaps, newest first; what is looked at for a moment counts as read. */
export class NoticeList {
    private readonly button: HTMLButtonElement;
    private readonly list = h('ol', { class: 'rows', 'aria-label': 'Notifications, newest first' });
    private readonly empty = h('div', { class: 'empty' }, icon('bell'), h('p', { class: 'empty-title', text: 'Nothing has fired yet' }), h('p', { text: 'What your alerts announce is listed here, also what came while this page was closed.' }));
    private timer: ReturnType<typeof setTimeout> | undefined;

    constructor(
        private readonly root: HTMLElement,
        private readonly deps: NoticeDeps,
    ) {
        const { notices } = deps;
        this.button = h('button', { type: 'button', class: 'plain small', onclick: () => void notices.ackAll() }, icon('check'), 'Mark all as read');
        root.append(h('div', { class: 'panel-tools end' }, this.button), this.empty, this.list);
        notices.on('change', () => this.render());
        document.addEventListener('visibilitychange', () => this.readSoon());
        setInterval(() => !root.hidden && this.render(), kAgesEveryMs);
    }

    render(): void {
        const { notices } = this.deps;
        const rows = notices.all();
        this.empty.hidden = rows.length > 0;
        part(this.root, '.panel-tools').hidden = notices.unread === 0;
        reconcile(this.list, rows, { key: ({ epoch, seq }) => `${epoch}.${seq}`, make: (event) => (event.type === 'gap' ? makeGap(event) : this.make(event)), render: (event, row) => this.renderRow(event, row) });
        this.readSoon();
    }

    private make(event: Notification): HTMLElement {
        const tags = [kSources[event.source], event.late ? 'late' : null, event.suppressed > 0 ? `${event.suppressed} more suppressed` : null].filter((tag) => typeof tag === 'string');
        const { trade, received, committed } = event.times;
        return h(
            'li', { class: 'notice-row' },
            h('button', { type: 'button', class: 'notice', onclick: () => this.deps.onOpen(event), title: `Trade ${event.trade.id} at ${dateText(trade)}; received after ${received - trade} ms, stored after ${committed - trade} ms` },
                h('span', { class: 'notice-text', text: event.message }),
                event.note ? h('span', { class: 'notice-note', text: event.note }) : null,
                h('span', { class: 'notice-facts' }, h('time', { datetime: new Date(trade).toISOString() }), tags.map((text) => h('span', { class: 'tag', text })))));
    }

    private renderRow(event: AccountEvent, row: HTMLElement): void {
        row.classList.toggle('unread', event.seq > this.deps.notices.acked);
        setText(part(row, 'time'), agoText(event.type === 'gap' ? event.ts : event.times.trade));
    }

    private readSoon(): void {
        clearTimeout(this.timer);
        const { notices } = this.deps;
        if (this.root.hidden || document.visibilityState !== 'visible' || notices.unread === 0) return;
        this.timer = setTimeout(() => void notices.ackAll(), kReadAfterMs);
    }
}

function makeGap({ symbol, from_id: from, to_id: to, reason, alert_ids: alerts, ts }: Gap): HTMLElement {
    const judged = `${alerts.length} of your alerts did not see them`;
    return h(
        'li', { class: 'notice-row gap' },
        h('div', { class: 'notice' },
            h('span', { class: 'notice-text', text: `${symbol}: trades ${from} to ${to} could not be judged` }),
            h('span', { class: 'notice-note', text: `${kGaps[reason] ?? reason}; ${judged}` }),
            h('span', { class: 'notice-facts' }, h('time', { datetime: new Date(ts).toISOString() }))));
}
