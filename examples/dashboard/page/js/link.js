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

/** What the server answered instead of a result; `message` is for people. */
export class RequestError extends Error {
    constructor({ code, name, message, field, retryable }) {
        super(message);
        Object.assign(this, { code, name, field, retryable });
    }
}

/**
 * Events: `state` (see `state`), `ready` {greeting, resumed}, and one per push, named by its type. `resumed.kind` is
 * `fresh` (nothing to resume), `resumed` (with `replaying`) or `hole` (with `reason`).
 */
export class Link extends EventTarget {
    constructor({ url, memory, makeSocket = (to) => new WebSocket(to), timers = globalThis, random = Math.random }) {
        super();
        Object.assign(this, { url, memory, makeSocket, timers, random });
        this.state = { name: 'connecting' };
        this.greeting = null;
        this.pending = new Map();
        this.lastId = 0;
        this.failures = 0;
    }

    open() {
        this.timers.clearTimeout(this.retryTimer);
        this.drop();
        this.show({ name: 'connecting', again: this.failures > 0 || this.greeting !== null });
        const socket = this.makeSocket(this.url);
        this.socket = socket;
        this.ready = false;
        socket.onmessage = ({ data }) => this.socket === socket && this.onFrame(JSON.parse(data));
        socket.onclose = ({ code, reason }) => this.socket === socket && this.onClose(code, reason);
        this.heard();
    }

    /** The result, or a RequestError. A break of the connection rejects too: what was asked may have been done. */
    request(method, params = {}) {
        if (!this.socket || this.socket.readyState !== 1)
            return Promise.reject(new RequestError({ code: 0, name: 'offline', message: 'not connected to the server', retryable: true }));
        const id = ++this.lastId;
        return new Promise((resolve, reject) => {
            const timer = this.timers.setTimeout(() => this.settle(id, { error: kNoAnswer }), kRequestMs);
            this.pending.set(id, { resolve, reject, timer });
            this.socket.send(JSON.stringify({ id, method, params }));
        }).then((result) => {
            // The first stored command makes an offered account real; from now on its secret is worth keeping.
            if (method === 'subscribe' && this.greeting?.auth === 'anonymous') this.keepSession();
            return result;
        });
    }

    /** With an API key in place of the browser's own session; null goes back to the session. */
    useKey(key) {
        this.memory.set('key', key);
        this.greeting = null;
        this.open();
    }

    // ---- Connection

    show(state) {
        this.state = state;
        this.emit('state', state);
    }

    emit(type, detail) {
        this.dispatchEvent(Object.assign(new Event(type), { detail }));
    }

    drop() {
        const socket = this.socket;
        this.socket = null;
        this.timers.clearTimeout(this.silenceTimer);
        if (socket) socket.close();
        for (const id of [...this.pending.keys()]) this.settle(id, { error: kConnectionLost });
    }

    onClose(code, reason) {
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
    heard() {
        this.timers.clearTimeout(this.silenceTimer);
        const silentMs = kSilenceBeats * (this.greeting?.heartbeat_ms ?? 15_000);
        this.silenceTimer = this.timers.setTimeout(() => this.onClose(4009, 'heartbeat lost'), silentMs);
    }

    // ---- Frames

    onFrame(frame) {
        this.heard();
        if (frame.type === undefined) return this.settle(frame.id, frame);
        if (frame.type === 'welcome') return this.onWelcome(frame);
        if (frame.type === 'goodbye') this.goodbyeMs = frame.reconnect_in_ms;
        if (frame.type === 'notification' || frame.type === 'gap') return this.onEvent(frame);
        if (frame.type === 'heartbeat') this.onHeartbeat(frame);
        this.emit(frame.type, frame);
    }

    onEvent(frame) {
        const seen = this.seen();
        if (seen.epoch === frame.epoch && frame.seq <= seen.seq) return;
        this.emit(frame.type, frame);
        this.saw(frame.epoch, frame.seq);
    }

    /** Everything up to its `seq` lies behind us; what was not pushed went to the history alone. */
    onHeartbeat({ seq }) {
        if (!this.ready || !(seq > this.seen().seq)) return;
        this.saw(this.greeting.epoch, seq);
        this.emit('unpushed', { seq });
    }

    settle(id, { result, error }) {
        const request = this.pending.get(id);
        if (!request) return;
        this.pending.delete(id);
        this.timers.clearTimeout(request.timer);
        if (error) request.reject(new RequestError(error));
        else request.resolve(result);
    }

    // ---- Identity and resuming

    async onWelcome(welcome) {
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
            if (this.socket === socket) this.onClose(0, error.message);
        }
    }

    /** The greeting of the account that this browser is; null when somebody has to sign in first. */
    async identify(welcome) {
        const [key, session] = [this.memory.get('key'), this.memory.get('session')];
        if (key || session) {
            try {
                return await this.request('auth', key ? { token: key } : { session });
            } catch (error) {
                if (error.code !== kAuthFailed) throw error;
                if (key) {
                    this.lock('This API key is not known here, or was revoked.');
                    return null;
                }
                this.memory.set('session', null);
                this.emit('forgotten', {});
            }
        }
        if (welcome.auth !== 'required') return welcome;
        this.lock('This server is for holders of an API key.');
        return null;
    }

    lock(reason) {
        this.drop();
        this.show({ name: 'locked', reason });
    }

    async resume({ account, epoch, seq }) {
        const seen = this.memory.get('seen');
        if (seen?.account !== account) {
            this.memory.set('seen', { account, epoch, seq });
            return { kind: 'fresh' };
        }
        const answer = await this.request('resume', { epoch: seen.epoch, after: seen.seq });
        if (answer.recovered) return { kind: 'resumed', replaying: answer.replaying };
        this.memory.set('seen', { account, epoch, seq: answer.up_to });
        return { kind: 'hole', reason: answer.reason, oldest: answer.oldest };
    }

    seen() {
        return this.memory.get('seen') ?? { seq: 0 };
    }

    saw(epoch, seq) {
        this.memory.set('seen', { account: this.greeting.account, epoch, seq });
    }

    keepSession() {
        if (this.greeting.session) this.memory.set('session', this.greeting.session);
        this.emit('stored', {});
        this.greeting = { ...this.greeting, auth: 'session' };
    }
}

const kConnectionLost = { code: 0, name: 'offline', message: 'the connection broke before the answer came', retryable: true };
const kNoAnswer = { code: 0, name: 'timeout', message: 'the server did not answer in time', retryable: true };
