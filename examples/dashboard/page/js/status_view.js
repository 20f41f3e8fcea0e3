import { h, setText } from './dom.js';
import { clockText } from './format.js';

const kResumedMs = 6_000;
const kFeedWords = { ingestion_down: 'the server has lost its market data process', reconnecting: 'reconnecting to the exchange' };

/** Says plainly how fresh what is shown is: the connection to the server first, then the server's to the exchange. */
export class StatusView {
    constructor(root, { link, market, symbol, onSignIn }) {
        Object.assign(this, { link, market, symbol });
        this.text = h('span', { class: 'connection-text' });
        this.button = h('button', { type: 'button', class: 'plain small', hidden: true, onclick: () => (link.state.name === 'locked' || link.state.name === 'refused' ? onSignIn() : link.open()) });
        this.root = root;
        root.append(h('span', { class: 'dot' }), this.text, this.button);
        for (const type of ['state', 'ready']) link.addEventListener(type, () => this.render());
        market.addEventListener('feed', () => this.render());
        link.addEventListener('ready', ({ detail }) => this.onReady(detail));
        setInterval(() => link.state.name === 'waiting' && this.render(), 1000);
        this.render();
    }

    onReady({ resumed }) {
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

    render() {
        const { tone, text, title, button } = this.describe();
        this.root.dataset.tone = tone;
        // What is not live must not look alive.
        document.body.classList.toggle('stale', tone === 'bad');
        setText(this.text, text);
        this.root.title = title ?? '';
        this.button.hidden = !button;
        if (button) setText(this.button, button);
    }

    describe() {
        const state = this.link.state;
        switch (state.name) {
            case 'connecting':
                return { tone: 'wait', text: state.again ? 'Reconnecting…' : 'Connecting…' };
            case 'waiting': {
                const seconds = Math.max(0, Math.ceil((state.at - Date.now()) / 1000));
                return { tone: 'bad', text: `Offline, retry in ${seconds} s`, title: 'The server cannot be reached. Prices here are old; alerts go on at the server, and what fires meanwhile is shown when the connection is back.', button: 'Now' };
            }
            case 'locked':
                return { tone: 'bad', text: 'Signed out', title: state.reason, button: 'Sign in' };
            case 'refused':
                return { tone: 'bad', text: 'Refused by the server', title: `${state.reason} (${state.code})`, button: 'Sign in' };
            default:
                return this.describeFeed();
        }
    }

    describeFeed() {
        const feed = this.market.feed(this.symbol());
        if (feed?.state === 'halted') return { tone: 'wait', text: 'Trading halted', title: `${this.symbol()} is halted at the exchange since ${clockText(feed.since)}` };
        if (feed) {
            const why = kFeedWords[feed.reason] ?? feed.reason?.replaceAll('_', ' ') ?? 'no fresh data';
            return { tone: 'bad', text: `Stale since ${clockText(feed.since)}`, title: `Prices are old: ${why}. Missed trades are judged when data is back.` };
        }
        return { tone: 'good', text: this.resumed ?? 'Live', title: 'Connected; prices and alerts are live' };
    }
}
