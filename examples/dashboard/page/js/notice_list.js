import { h, icon, reconcile, setText } from './dom.js';
import { agoText, dateText } from './format.js';

const kSources = { repair: 'repaired', catchup: 'caught up' };
const kGaps = { unrepaired: 'the exchange did not give them in time', too_old: 'the break was too long to catch up', tape_reset: 'the exchange began its numbering anew' };
const kReadAfterMs = 2_000;

/** Notifications and gaps, newest first; what is looked at for a moment counts as read. */
export class NoticeList {
    constructor(root, { notices, onOpen }) {
        Object.assign(this, { root, notices, onOpen });
        this.button = h('button', { type: 'button', class: 'plain small', onclick: () => notices.ackAll() }, icon('check'), 'Mark all as read');
        this.list = h('ol', { class: 'rows', 'aria-label': 'Notifications, newest first' });
        this.empty = h('div', { class: 'empty' }, icon('bell'), h('p', { class: 'empty-title', text: 'Nothing has fired yet' }), h('p', { text: 'What your alerts announce is listed here, also what came while this page was closed.' }));
        root.append(h('div', { class: 'panel-tools end' }, this.button), this.empty, this.list);
        notices.addEventListener('change', () => this.render());
        document.addEventListener('visibilitychange', () => this.readSoon());
        setInterval(() => !root.hidden && this.render(), 15_000);
    }

    render() {
        const rows = this.notices.all();
        this.empty.hidden = rows.length > 0;
        this.button.hidden = this.notices.unread === 0;
        reconcile(this.list, rows, { key: ({ seq }) => seq, make: (event) => (event.type === 'gap' ? makeGap(event) : this.make(event)), render: (event, row) => this.renderRow(event, row) });
        this.readSoon();
    }

    make(event) {
        const tags = [kSources[event.source], event.late ? 'late' : null, event.suppressed > 0 ? `${event.suppressed} more suppressed` : null].filter(Boolean);
        const { trade, received, committed } = event.times;
        return h(
            'li', { class: 'notice-row' },
            h('button', { type: 'button', class: 'notice', onclick: () => this.onOpen(event), title: `Trade ${event.trade.id} at ${dateText(trade)}; received after ${received - trade} ms, stored after ${committed - trade} ms` },
                h('span', { class: 'notice-text', text: event.message }),
                event.note ? h('span', { class: 'notice-note', text: event.note }) : null,
                h('span', { class: 'notice-facts' }, h('time', { datetime: new Date(trade).toISOString() }), tags.map((text) => h('span', { class: 'tag', text })))));
    }

    renderRow(event, row) {
        row.classList.toggle('unread', event.seq > this.notices.acked);
        setText(row.querySelector('time'), agoText(event.type === 'gap' ? event.ts : event.times.trade));
    }

    readSoon() {
        clearTimeout(this.timer);
        if (this.root.hidden || document.visibilityState !== 'visible' || this.notices.unread === 0) return;
        this.timer = setTimeout(() => this.notices.ackAll(), kReadAfterMs);
    }
}

function makeGap({ symbol, from_id: from, to_id: to, reason, alert_ids: alerts, ts }) {
    const why = kGaps[reason] ?? reason;
    return h(
        'li', { class: 'notice-row gap' },
        h('div', { class: 'notice' },
            h('span', { class: 'notice-text', text: `${symbol}: trades ${from} to ${to} could not be judged` }),
            h('span', { class: 'notice-note', text: `${why}; ${alerts.length} of your alerts did not see them` }),
            h('span', { class: 'notice-facts' }, h('time', { datetime: new Date(ts).toISOString() }))));
}
