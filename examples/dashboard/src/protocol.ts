/** What the server says over WebSocket and REST, as far as this page reads it. Prices and quantities are decimal texts. */
export type Kind = 'above' | 'below' | 'cross' | 'cross_up' | 'cross_down' | 'enter' | 'exit' | 'move' | 'change' | 'trail' | 'spike' | 'volatility';
export type AlertStateName = 'pending' | 'warming' | 'armed' | 'holding' | 'cooldown' | 'done' | 'paused' | 'expired' | 'halted';
export type Mode = 'once' | 'every';

/** A condition: its kind and the parameters of that kind, texts but for `initial`. */
export interface When {
    kind: Kind;
    initial?: boolean;
    [parameter: string]: string | boolean | undefined;
}

export interface AlertParams {
    symbol: string;
    when: When;
    mode?: Mode;
    cooldown?: string | null;
    /** A duration from now, or a time in ms. */
    expires?: string | number | null;
    key?: string | null;
    note?: string | null;
    /** null: everything, also what is added later. */
    channels?: string[] | null;
}

export interface Alert {
    id: string;
    rev: number;
    symbol: string;
    when: When;
    mode: Mode;
    state: AlertStateName;
    cooldown: string | null;
    expires: number | null;
    key: string | null;
    note: string | null;
    channels: string[] | null;
    fires: number;
    last_fired: number | null;
    /** Condition, mode and cooldown in one canonical line. */
    text: string;
}

export interface Welcome {
    type?: 'welcome';
    account: string | null;
    session: string | null;
    epoch: string;
    seq: number | null;
    acked: number;
    auth: 'anonymous' | 'session' | 'key' | 'required';
    heartbeat_ms: number;
}

interface Event {
    seq: number;
    epoch: string;
    symbol: string;
    replay?: boolean;
}

export interface Notification extends Event {
    type: 'notification';
    id: string;
    alert_id: string;
    rev: number;
    fire: number;
    trade: { id: number; price: string; time: number };
    suppressed: number;
    source: 'live' | 'repair' | 'catchup';
    late: boolean;
    message: string;
    note: string | null;
    times: { trade: number; received: number; committed: number };
}

export interface Gap extends Event {
    type: 'gap';
    from_id: number;
    to_id: number;
    reason: string;
    alert_ids: string[];
    ts: number;
}

export type AccountEvent = Notification | Gap;

export interface AlertStatePush {
    alert_id: string;
    rev: number;
    state: AlertStateName | 'removed';
}

export interface PricePush {
    symbol: string;
    price: string;
    time: number;
    trade_id: number;
}

export interface FeedPush {
    /** null: all symbols. */
    symbol: string | null;
    state: 'live' | 'stale' | 'halted';
    since: number;
    reason: string | null;
}

export interface Candle {
    t: number;
    o: string;
    h: string;
    l: string;
    c: string;
    v: string;
}

export interface SymbolInfo {
    symbol: string;
    base?: string;
    quote?: string;
    status?: string;
    tick_size?: string;
}

export interface PriceRow {
    symbol: string;
    price: string;
    change_24h_pct: string | number | null;
}

export interface RankRow {
    symbol: string;
    rank?: number;
    value?: string | number | null;
    ties?: number;
}

type Figure = string | number | null;

export interface Stats {
    count: number;
    first: Figure;
    min: string | null;
    max: string | null;
    mean: Figure;
    median: Figure;
    stdev_sample: Figure;
    change_pct: Figure;
    vwap: Figure;
    volume: Figure;
    realized_vol: Figure;
}

export interface PreviewAnswer {
    fires: { time: number; price: string }[];
    count: number;
    coverage: { from: number; to: number; complete: boolean } | null;
    basis: string;
}

export interface Webhook {
    id: string;
    url: string;
    format: string;
    max_age: string;
    state: 'enabled' | 'disabled';
    reason?: string | null;
    secret?: string;
}

export interface Email {
    id: string;
    address: string;
    state: 'unverified' | 'verified';
}

export interface Delivery {
    id: string;
    notification_id: string;
    attempt: number;
    status: number | null;
    latency_ms: number | null;
    next_try: number | null;
    state: string;
    created?: number;
    error?: string | null;
}

export interface Page<Item> {
    items: Item[];
    next_cursor: string | null;
}

/** The results of the commands that this page sends. */
export interface Results {
    auth: Welcome;
    resume: { recovered: boolean; replaying: number; reason: string; up_to: number; oldest?: number };
    subscribe: { created: boolean; alert: Alert };
    update: { alert: Alert };
    pause: { alert: Alert };
    rearm: { alert: Alert };
    unsubscribe: { removed: number };
    list: { alerts: Alert[]; next_cursor: string | null };
    ack: { acked: number };
    history: { events: AccountEvent[]; next_after: number };
    preview: PreviewAnswer;
    watch: { symbols: string[] };
    unwatch: { symbols: string[] };
    help: { methods: { method: string }[] };
}
