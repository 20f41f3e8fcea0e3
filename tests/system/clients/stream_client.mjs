import { load } from './replay_process.mjs';

/** A plain stream client that keeps all it hears and can wait for it. */
export class StreamClient {
    static async open(url, options = {}) {
        const { default: WebSocket } = await load('ws');
        const client = new StreamClient(new WebSocket(url, { rejectUnauthorized: false, ...options }));
        await new Promise((resolve, reject) => client.socket.once('open', resolve).once('error', reject));
        return client;
    }

    constructor(socket) {
        this.socket = socket;
        this.texts = [];
        this.pings = [];
        this.waiters = [];
        this.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })));
        socket.on('error', () => {});
        socket.on('message', (data) => this.#hear(String(data)));
        socket.on('ping', (data) => {
            this.pings.push(String(data));
            this.#wake();
        });
    }

    #hear(text) {
        this.texts.push(text);
        this.#wake();
    }

    #wake() {
        this.waiters = this.waiters.filter((check) => !check());
    }

    /** Resolves when the condition over this client holds. The test's own time limit bounds the wait. */
    until(condition) {
        if (condition(this)) return Promise.resolve();
        return new Promise((resolve) =>
            this.waiters.push(() => {
                const holds = condition(this);
                if (holds) resolve();
                return holds;
            }));
    }

    send(request) {
        this.socket.send(typeof request === 'string' ? request : JSON.stringify(request));
    }

    /** Sends a request and waits for the reply with its id. */
    async ask(method, params, id) {
        this.send({ method, params, id });
        await this.until((c) => c.replies.some((r) => r.id === id));
        return this.replies.find((r) => r.id === id);
    }

    get messages() {
        return this.texts.flatMap((text) => {
            try {
                return [JSON.parse(text)];
            } catch {
                return [];
            }
        });
    }
    get replies() {
        return this.messages.filter((m) => 'id' in m);
    }
    get trades() {
        return this.messages.map((m) => m.data ?? m).filter((m) => m.e === 'trade');
    }
    get ids() {
        return this.trades.map((t) => t.t);
    }
}
