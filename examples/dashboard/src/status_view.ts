import { h, setText } from './dom';
import { clockText } from './format';
import type { Link, Resumed } from './link';
import type { Market } from './market';

const kResumedMs = 6_000;
const kFeedWords: Record<string, string> = { ingestion_down: 'the server has lost its market data process', reconnecting: 'reconnecting to the exchange' };

interface Status {
    tone: 'good' | 'wait' | 'bad';
    text: string;
    title?: string;
    /** What a button beside it offers. */
    button?: string;
    /** Said over the chart, where everybody looks. */
    banner?: string;
}

interface StatusDeps {
    link: Link;
    market: Market;
    symbol: () => string;
    onSignIn: () => void;
}

/** Says plainly how fresh what is shown is: the connection to the server first, then the server's to the exchange. */
export class StatusView {
    private readonly text = h('span', { class: 'connection-text' });
    private readonly button = h('button', { type: 'button', class: 'plain small', hidden: true, onclick: () => this.onButton() });
    private wasLive = false;
    private resumed: string | null = null;

    constructor(
        private readonly root: HTMLElement,
        private readonly banner: HTMLElement,
        private readonly deps: StatusDeps,
    ) {
        const { link, market } = deps;
        root.append(h('span', { class: 'dot' }), this.text, this.button);
        link.on('state', () => this.render());
        link.on('ready', ({ resumed }) => this.onReady(resumed));
        market.on('feed', () => this.render());
        setInterval(() => link.state.name === 'waiting' && this.render(), 1000);
        this.render();
    }

    render(): void {
        const { tone, text, title = '', button = '', banner = '' } = this.describe();
        this.root.dataset.tone = tone;
        // What is not live must not look alive.
        document.body.classList.toggle('stale', tone === 'bad');
        setText(this.text, text);
        this.root.title = title;
        this.button.hidden = !button;
        setText(this.button, button);
        this.banner.hidden = !banner;
        setText(this.banner, banner);
    }

    private onButton(): void {
        const { link, onSignIn } = this.deps;
        if (link.state.name === 'locked' || link.state.name === 'refused') onSignIn();
        else link.open();
    }

    private onReady(resumed: Resumed): void {
        if (!this.wasLive) {
            this.wasLive = true;
            return;
        }
        this.resumed = resumed.kind === 'hole' ? 'Back, with a hole' : 'Resumed';
        this.render();
        setTimeout(() => {
            this.resumed = null;
            this.render();
        }, kResumedMs);
    }

    private describe(): Status {
        const { state } = this.deps.link;
        switch (state.name) {
            case 'connecting':
                return { tone: 'wait', text: state.again ? 'Reconnecting…' : 'Connecting…' };
            case 'waiting': {
                const seconds = Math.max(0, Math.ceil((state.at - Date.now()) / 1000));
                return { tone: 'bad', text: `Offline, retry in ${seconds} s`, title: 'The server cannot be reached.', button: 'Now', banner: 'Offline: prices are old. Alerts go on at the server; what fires meanwhile is shown when the connection is back.' };
            }
            case 'locked':
                return { tone: 'bad', text: 'Signed out', title: state.reason, button: 'Sign in' };
            case 'refused':
                return { tone: 'bad', text: 'Refused by the server', title: `${state.reason} (${state.code})`, button: 'Sign in' };
            case 'live':
                return this.describeFeed();
        }
    }

    private describeFeed(): Status {
        const symbol = this.deps.symbol();
        const feed = this.deps.market.feed(symbol);
        if (feed?.state === 'halted') return { tone: 'wait', text: 'Trading halted', banner: `The exchange has halted ${symbol} since ${clockText(feed.since)}.` };
        if (feed) {
            const why = kFeedWords[feed.reason ?? ''] ?? feed.reason?.replaceAll('_', ' ') ?? 'no fresh data';
            return { tone: 'bad', text: `Stale since ${clockText(feed.since)}`, title: why, banner: `Prices are old since ${clockText(feed.since)}: ${why}. Missed trades are judged when data is back.` };
        }
        return { tone: 'good', text: this.resumed ?? 'Live', title: 'Connected; prices and alerts are live' };
    }
}
