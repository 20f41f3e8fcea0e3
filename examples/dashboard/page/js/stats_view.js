import { h } from './dom.js';
import { compactText, numberText, percentText, priceText, trend } from './format.js';

const kEveryMs = 30_000;
const kRanksMax = 1_000;

/** One line of statistics of the last 24 hours, `first` being the price that they begin with; takes no room where the server has none. */
export class StatsView {
    constructor(root, { api, market, symbol }) {
        Object.assign(this, { root, api, market, symbol });
        setInterval(() => document.visibilityState === 'visible' && this.load(), kEveryMs);
    }

    async load() {
        const symbol = this.symbol();
        const quiet = () => null;
        const [stats, rank] = await Promise.all([this.api.get('/stats', { symbol, window: '24h' }).catch(quiet), this.api.get('/rank', { metric: 'volatility', window: '24h', limit: kRanksMax }).catch(quiet)]);
        if (symbol !== this.symbol()) return;
        this.first = stats?.first ?? null;
        this.onLoaded?.();
        const row = rank?.items.find((item) => item.symbol === symbol);
        this.render(stats, row && { rank: row.rank, of: rank.of });
    }

    render(stats, rank) {
        const tick = this.market.tick(this.symbol());
        const item = (name, value, title, tone = '') => h('div', { class: 'stat', title }, h('dt', { text: name }), h('dd', { class: tone, text: value }));
        const percent = (fraction, digits) => (fraction === null || fraction === undefined ? '–' : percentText(fraction * 100, digits, false));
        const rounded = (value) => (value === null || value === undefined ? '–' : numberText(value, 7));
        const { change_pct: change, min, max, mean, median, stdev_sample: deviation, vwap, volume, realized_vol: volatility } = stats ?? {};
        this.root.replaceChildren(
            item('24 h', percentText(change), 'Change over 24 hours', trend(change)),
            item('Low', priceText(min ?? null, tick), 'Lowest price of 24 hours'),
            item('High', priceText(max ?? null, tick), 'Highest price of 24 hours'),
            item('Volume', compactText(stats?.count ? volume : null), 'Traded in 24 hours, in the base currency'),
            item('Volatility rank', rank ? `${rank.rank} of ${rank.of}` : '–', 'Among the symbols with 24 hours of data; 1 is the most volatile'),
            item('Realized vol.', percent(volatility, 2), 'Root of the sum of squared log returns by minute'),
            item('VWAP', rounded(vwap), 'Mean price of 24 hours, weighted by volume'),
            item('Mean', rounded(mean), 'Mean of the closes by minute'),
            item('Median', rounded(median), 'Median of the closes by minute'),
            item('Deviation', rounded(deviation), 'Sample standard deviation of the closes by minute'),
        );
    }
}
