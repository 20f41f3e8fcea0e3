import { Emitter } from './emitter';
import type { Memory } from './memory';
import type { AccountEvent, AlertStatePush, FeedPush, Gap, Notification, PricePush, Results, Welcome } from './protocol';

/*
 * The WebSocket to the notifier: says who we are, asks for what was missed, and comes back after every break.
 *
 * Delivery is at least once with a `seq` per account. `seen` {account, epoch, seq} lies in storage, so a reload or a
 * restart goes on after the last event that this browser was shown, without repeats and without holes.
 */
const kRetryMsMin = 500;
const kRetryMsMax = 15_000;
const kSilenceBeats = 2.5;
const kRequestMs = 15_000;
const kReconnectNever = 4500;
const kAuthFailed = 1202;
const kHeartbeatMs = 15_000;

interface ErrorBody {
    code: number;
    name: string;
    message: string;
    field?: string;
    retryable?: boolean;
}

const kOffline: ErrorBody = { code: 0, name: 'offline', message: 'not connected to the server', retryable: true };
const kConnectionLost: ErrorBody = { code: 0, name: 'offline', message: 'the connection broke before the answer came', retryable: true };
const kNoAnswer: ErrorBody = { code: 0, name: 'timeout', message: 'the server did not answer in time', retryable: true };

/** What the server answered instead of a result; `message` is for people. */
export class RequestError extends Error {
    readonly code: number;
    readonly field: string | undefined;

    constructor({ code, name, message, field }: ErrorBody) {
        super(message);
        this.name = name;
        this.code = code;
        this.field = field;
    }
}

export type LinkState =
    | { name: 'connecting'; again: boolean }
    | { name: 'live'; since: number }
    | { name: 'waiting'; at: number; failures: number }
    /** Somebody has to sign in first. */
    | { name: 'locked'; reason: string }
    /** Closed with a code that says not to come back. */
    | { name: 'refused'; code: number; reason: string };

/** How a connection went on after the one before. */
export type Resumed = { kind: 'fresh' } | { kind: 'resumed'; replaying: number } | { kind: 'hole'; reason: string };

interface LinkEvents {
    state: LinkState;
    ready: { greeting: Welcome; resumed: Resumed };
    /** The anonymous account of this browser is not known to the server any more. */
    forgotten: void;
    /** The account went into the store with its first alert. */
    stored: void;
    /** Events up to `seq` went into the history alone. */
    unpushed: { seq: number };
    notification: Notification;
    gap: Gap;
    alert_state: AlertStatePush;
    price: PricePush;
    feed: FeedPush;
}

type Push =
    | (Welcome & { type: 'welcome' })
    | AccountEvent
    | (AlertStatePush & { type: 'alert_state' })
    | (PricePush & { type: 'price' })
    | (FeedPush & { type: 'feed' })
    | { type: 'heartbeat'; seq: number | null }
    | { type: 'goodbye'; reconnect_in_ms: number };

interface Reply {
    type?: undefined;
    id: number;
    result?: unknown;
    error?: ErrorBody;
}

/** Of a browser's WebSocket, what is used here. */
export type Socket = Pick<WebSocket, 'readyState' | 'send' | 'close' | 'onmessage' | 'onclose'>;
type TimerId = ReturnType<typeof setTimeout>;

interface LinkDeps {
    url: string;
    memory: Memory;
    makeSocket?: (url: string) => Socket;
    timers?: { setTimeout: (run: () => void, ms: number) => TimerId; clearTimeout: (id: TimerId | undefined) => void };
    random?: () => number;
}

interface Pending {
    resolve: (result: unknown) => void;
    reject: (error: RequestError) => void;
    timer: TimerId;
}

export class Link extends Emitter<LinkEvents> {
    state: LinkState = { name: 'connecting', again: false };
    greeting: Welcome | null = null;
    /** The key or session secret that the server took: what REST is asked with. null while there is none. */
    secret: string | null = null;
    private readonly url: string;
    private readonly memory: Memory;
    private readonly makeSocket: (url: string) => Socket;
    private readonly timers: NonNullable<LinkDeps['timers']>;
    private readonly random: () => number;
    private readonly pending = new Map<number, Pending>();
    private socket: Socket | null = null;
    private ready = false;
    private lastId = 0;
    private failures = 0;
    private goodbyeMs: number | null = null;
    private retryTimer: TimerId | undefined;
    private silenceTimer: TimerId | undefined;

    constructor({ url, memory, makeSocket = (to) => new WebSocket(to), timers = { setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (id) => clearTimeout(id) }, random = Math.random }: LinkDeps) {
        super();
        this.url = url;
        this.memory = memory;
        this.makeSocket = makeSocket;
        this.timers = timers;
        this.random = random;
    }

    open(): void {
        this.timers.clearTimeout(this.retryTimer);
        this.drop();
        this.show({ name: 'connecting', again: this.failures > 0 || this.greeting !== null });
        const socket = this.makeSocket(this.url);
        this.socket = socket;
        this.ready = false;
        socket.onmessage = ({ data }: { data: string }) => this.socket === socket && this.onFrame(JSON.parse(data) as Push | Reply);
        socket.onclose = ({ code, reason }) => this.socket === socket && this.onClose(code, reason);
        this.heard();
    }

    /** The result, or a RequestError. A break of the connection rejects too: what was asked may have been done. */
    async request<Method extends keyof Results>(method: Method, params: object = {}): Promise<Results[Method]> {
        const socket = this.socket;
        if (socket?.readyState !== 1) throw new RequestError(kOffline);
        const id = ++this.lastId;
        const result = await new Promise<unknown>((resolve, reject) => {
            const timer = this.timers.setTimeout(() => this.settle({ id, error: kNoAnswer }), kRequestMs);
            this.pending.set(id, { resolve, reject, timer });
            socket.send(JSON.stringify({ id, method, params }));
        });
        // The first stored command makes an offered account real; from now on its secret is worth keeping.
        if (method === 'subscribe' && this.greeting?.auth === 'anonymous') this.keepSession(this.greeting);
        return result as Results[Method];
    }

    /** With an API key in place of the browser's own session; null goes back to the session. */
    useKey(key: string | null): void {
        this.memory.set('key', key);
        this.greeting = null;
        this.secret = null;
        this.open();
    }

    // ---- Connection

    private show(state: LinkState): void {
        this.state = state;
        this.emit('state', state);
    }

    private drop(): void {
        const socket = this.socket;
        this.socket = null;
        this.timers.clearTimeout(this.silenceTimer);
        socket?.close();
        for (const id of [...this.pending.keys()]) this.settle({ id, error: kConnectionLost });
    }

    private onClose(code: number, reason: string): void {
        this.drop();
        if (code >= kReconnectNever && code < 5000) return this.show({ name: 'refused', code, reason });
        if (this.state.name === 'locked') return;
        this.failures += 1;
        const backoff = Math.min(kRetryMsMax, kRetryMsMin * 2 ** (this.failures - 1));
        const waitMs = this.goodbyeMs ?? backoff * (0.5 + 0.5 * this.random());
        this.goodbyeMs = null;
        this.show({ name: 'waiting', at: Date.now() + waitMs, failures: this.failures });
        this.retryTimer = this.timers.setTimeout(() => this.open(), waitMs);
    }

    /** A connection that says nothing for long is dead, whatever the system thinks of it. */
    private heard(): void {
        this.timers.clearTimeout(this.silenceTimer);
        const silentMs = kSilenceBeats * (this.greeting?.heartbeat_ms ?? kHeartbeatMs);
        this.silenceTimer = this.timers.setTimeout(() => this.onClose(4009, 'heartbeat lost'), silentMs);
    }

    // ---- Frames

    private onFrame(frame: Push | Reply): void {
        this.heard();
        switch (frame.type) {
            case undefined:
                return this.settle(frame);
            case 'welcome':
                return void this.onWelcome(frame);
            case 'goodbye':
                this.goodbyeMs = frame.reconnect_in_ms;
                return;
            case 'heartbeat':
                return this.onHeartbeat(frame.seq);
            case 'notification':
            case 'gap':
                return this.onEvent(frame);
            case 'alert_state':
                return this.emit('alert_state', frame);
            case 'price':
                return this.emit('price', frame);
            case 'feed':
                return this.emit('feed', frame);
        }
    }

    private onEvent(event: AccountEvent): void {
        const seen = this.memory.get('seen');
        if (seen?.epoch === event.epoch && event.seq <= seen.seq) return;
        if (event.type === 'gap') this.emit('gap', event);
        else this.emit('notification', event);
        this.saw(event.epoch, event.seq);
    }

    /** Everything up to its `seq` lies behind us; what was not pushed went to the history alone. */
    private onHeartbeat(seq: number | null): void {
        if (!this.ready || !this.greeting || seq === null || seq <= (this.memory.get('seen')?.seq ?? 0)) return;
        this.saw(this.greeting.epoch, seq);
        this.emit('unpushed', { seq });
    }

    private settle({ id, result, error }: Reply): void {
        const request = this.pending.get(id);
        if (!request) return;
        this.pending.delete(id);
        this.timers.clearTimeout(request.timer);
        if (error) request.reject(new RequestError(error));
        else request.resolve(result);
    }

    // ---- Identity and resuming

    private async onWelcome(welcome: Welcome): Promise<void> {
        const socket = this.socket;
        try {
            this.greeting = welcome;
            const greeting = await this.identify(welcome);
            if (!greeting || this.socket !== socket) return;
            this.greeting = greeting;
            this.heard();
            const resumed = await this.resume(greeting);
            if (this.socket !== socket) return;
            this.failures = 0;
            this.ready = true;
            this.show({ name: 'live', since: Date.now() });
            this.emit('ready', { greeting, resumed });
        } catch (error) {
            // Only the connection can have failed here: its end brings the next try.
            if (this.socket === socket) this.onClose(0, String(error));
        }
    }

    /** The greeting of the account that this browser is; null when somebody has to sign in first. */
    private async identify(welcome: Welcome): Promise<Welcome | null> {
        const [key, session] = [this.memory.get('key'), this.memory.get('session')];
        if (key || session) {
            try {
                const greeting = await this.request('auth', key ? { token: key } : { session });
                this.secret = key ?? session;
                return greeting;
            } catch (error) {
                if (!(error instanceof RequestError) || error.code !== kAuthFailed) throw error;
                this.secret = null;
                if (key) {
                    this.lock('This API key is not known here, or was revoked.');
                    return null;
                }
                this.memory.set('session', null);
                this.emit('forgotten', undefined);
            }
        }
        if (welcome.auth !== 'required') return welcome;
        this.lock('This server is for holders of an API key.');
        return null;
    }

    private lock(reason: string): void {
        this.drop();
        this.show({ name: 'locked', reason });
    }

    private async resume({ account, epoch, seq }: Welcome): Promise<Resumed> {
        const seen = this.memory.get('seen');
        if (!account || seen?.account !== account) {
            this.saw(epoch, seq ?? 0);
            return { kind: 'fresh' };
        }
        const answer = await this.request('resume', { epoch: seen.epoch, after: seen.seq });
        if (answer.recovered) return { kind: 'resumed', replaying: answer.replaying };
        this.saw(epoch, answer.up_to);
        return { kind: 'hole', reason: answer.reason };
    }

    private saw(epoch: string, seq: number): void {
        if (this.greeting?.account) this.memory.set('seen', { account: this.greeting.account, epoch, seq });
    }

    private keepSession(greeting: Welcome): void {
        this.memory.set('session', greeting.session);
        this.secret = greeting.session;
        this.greeting = { ...greeting, auth: 'session' };
        this.emit('stored', undefined);
    }
}
