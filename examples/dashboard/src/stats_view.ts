import type { Api } from './api';
import { h } from './dom';
import { compactText, numberText, percentText, priceText } from './format';
import type { Market } from './market';
import type { Page, RankRow, Stats } from './protocol';

const kEveryMs = 30_000;
const kRanksMax = 1_000;

interface StatsDeps {
    api: Api;
    market: Market;
    symbol: () => string;
    onLoaded: () => void;
}

/** One line of statistics of the last 24 hours, but for the change, which stands beside the price; a dash stands for what the server cannot say yet. */
export class StatsView {
    /** The price that the 24 hours begin with. */
    first: Stats['first'] = null;

    constructor(
        private readonly root: HTMLElement,
        private readonly deps: StatsDeps,
    ) {
        setInterval(() => document.visibilityState === 'visible' && void this.load(), kEveryMs);
    }

    async load(): Promise<void> {
        const { api, symbol } = this.deps;
        const asked = symbol();
        const quiet = () => null;
        const [stats, rank] = await Promise.all([
            api.get<Stats>('/stats', { symbol: asked, window: '24h' }).catch(quiet),
            api.get<Page<RankRow> & { of?: number }>('/rank', { metric: 'volatility', window: '24h', limit: kRanksMax }).catch(quiet),
        ]);
        if (asked !== symbol()) return;
        this.first = stats?.first ?? null;
        this.deps.onLoaded();
        const row = rank?.items.find((item) => item.symbol === asked);
        this.render(stats, row ? `${row.rank} of ${rank?.of}` : '–');
    }

    private render(stats: Partial<Stats> | null, rank: string): void {
        const tick = this.deps.market.tick(this.deps.symbol());
        const item = (name: string, value: string, title: string) => h('div', { class: 'stat', title }, h('dt', { text: name }), h('dd', { text: value }));
        const rounded = (value: Stats['mean'] | undefined) => numberText(value, 7);
        const { min, max, mean, median, stdev_sample: deviation, vwap, volume, realized_vol: volatility } = stats ?? {};
        this.root.replaceChildren(
            item('Low 24 h', priceText(min, tick), 'Lowest price of 24 hours'),
            item('High 24 h', priceText(max, tick), 'Highest price of 24 hours'),
            item('Volume', compactText(stats?.count ? volume : null), 'Traded in 24 hours, in the base currency'),
            item('Volatility rank', rank, 'Among the symbols with 24 hours of data; 1 is the most volatile'),
            item('Realized vol.', percentText(volatility === null || volatility === undefined ? null : Number(volatility) * 100, 2, false), 'Root of the sum of squared log returns by minute'),
            item('VWAP', rounded(vwap), 'Mean price of 24 hours, weighted by volume'),
            item('Mean', rounded(mean), 'Mean of the closes by minute'),
            item('Median', rounded(median), 'Median of the closes by minute'),
            item('Deviation', rounded(deviation), 'Sample standard deviation of the closes by minute'),
        );
    }
}
