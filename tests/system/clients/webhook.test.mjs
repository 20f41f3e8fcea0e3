// Webhooks as others see them, from a trade on: the standard's own library, and the example receiver.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stack } from '../../browser/stack.mjs';
import { kTimeoutMs, load } from './replay_process.mjs';

/** An endpoint that keeps what comes, answering 204. */
class Endpoint {
    requests = [];
    waiting = () => {};

    static async start() {
        const endpoint = new Endpoint();
        endpoint.server = createServer(async (request, response) => {
            let body = '';
            for await (const chunk of request) body += chunk;
            endpoint.requests.push({ headers: request.headers, body });
            response.writeHead(204).end();
            endpoint.waiting();
        });
        await new Promise((resolve) => endpoint.server.listen(0, '127.0.0.1', resolve));
        endpoint.url = `http://127.0.0.1:${endpoint.server.address().port}/hook`;
        return endpoint;
    }

    got(count) {
        return new Promise((resolve) => {
            this.waiting = () => this.requests.length >= count && resolve();
            this.waiting();
        });
    }
}

/** The example receiver as a process; `printed` waits for a line. */
class Receiver {
    constructor(secret) {
        const file = fileURLToPath(new URL('../../../examples/webhook-receiver/receiver.mjs', import.meta.url));
        this.child = spawn(process.execPath, [file, '0'], { env: { ...process.env, WEBHOOK_SECRET: secret }, stdio: ['ignore', 'pipe', 'pipe'] });
        this.log = '';
        this.waiting = () => {};
        for (const stream of [this.child.stdout, this.child.stderr])
            stream.on('data', (chunk) => {
                this.log += chunk;
                this.waiting();
            });
    }

    printed(pattern) {
        return new Promise((resolve) => {
            this.waiting = () => {
                const found = pattern.exec(this.log);
                if (found) resolve(found);
            };
            this.waiting();
        });
    }

    stop() {
        this.child.kill();
    }
}

async function startStack() {
    const stack = await Stack.start({ notifier: ['--webhook-allow', '127.0.0.0/8'] });
    const key = await stack.addKey('tester');
    stack.rest = async (method, path, body) => {
        const answer = await fetch(`${stack.url}api/v1${path}`, {
            method,
            headers: { Authorization: `Bearer ${key}` },
            body: body && JSON.stringify(body),
        });
        return answer.json();
    };
    return stack;
}

test("the standard's library accepts what is posted and refuses what was changed", { timeout: kTimeoutMs }, async () => {
    const { Webhook } = await load('standardwebhooks');
    const stack = await startStack();
    const endpoint = await Endpoint.start();
    try {
        const made = await stack.rest('POST', '/webhooks', { url: endpoint.url });
        const alert = await stack.rest('POST', '/alerts', { symbol: 'BTCUSDT', threshold: '900000' });
        while ((await stack.rest('GET', `/alerts/${alert.id}`)).state !== 'armed');
        await stack.trade('BTCUSDT', '900001');
        await endpoint.got(1);
        const rotated = await stack.rest('POST', `/webhooks/${made.id}/rotate`);
        assert.notEqual(rotated.secret, made.secret);
        assert.equal((await stack.rest('POST', `/webhooks/${made.id}/test`)).delivered, true);
        const [first, second] = endpoint.requests;
        const fired = JSON.parse(first.body);
        const notification = (await stack.rest('GET', '/notifications')).items[0];
        assert.deepEqual(fired.data, notification, 'as history shows it');
        assert.equal(first.headers['webhook-id'], notification.id);

        const check = (secret, r) => new Webhook(secret).verify(r.body, r.headers);
        assert.equal(check(made.secret, first).type, 'alert.fired');
        assert.equal(check(made.secret, second).type, 'webhook.test', 'the old secret signs too');
        assert.equal(check(rotated.secret, second).type, 'webhook.test');
        const flipped = made.secret.replace(/.(?=.{10}$)/, (c) => (c === 'A' ? 'B' : 'A'));
        assert.throws(() => check(flipped, first), 'another secret');
        assert.throws(() => check(rotated.secret, first), 'made before the rotation');
        assert.throws(() => check(made.secret, { ...first, body: first.body.replace('900000', '900002') }));
        for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
            assert.throws(() => check(made.secret, { ...first, headers: { ...first.headers, [name]: '1' } }), name);
    } finally {
        endpoint.server.close();
        await stack.stop();
    }
});

test('the example receiver prints each notification once and takes nothing unsigned', { timeout: kTimeoutMs }, async () => {
    const stack = await startStack();
    const endpoint = await Endpoint.start();
    let good;
    let bad;
    try {
        const made = await stack.rest('POST', '/webhooks', { url: endpoint.url });
        good = new Receiver(made.secret);
        const url = (await good.printed(/listening on (\S+)/))[1];
        await stack.rest('PATCH', `/webhooks/${made.id}`, { url });
        const alert = await stack.rest('POST', '/alerts', { symbol: 'BTCUSDT', threshold: '900000' });
        while ((await stack.rest('GET', `/alerts/${alert.id}`)).state !== 'armed');
        await stack.trade('BTCUSDT', '900001');
        await good.printed(/alert.fired: BTCUSDT went above 900000: 900001\n/);
        const log = async () => (await stack.rest('GET', `/webhooks/${made.id}/deliveries`)).items[0];
        while ((await log()).state !== 'delivered');
        await stack.rest('POST', `/deliveries/${(await log()).id}/redeliver`);
        while ((await log()).state !== 'delivered');
        assert.equal(good.log.match(/went above/g).length, 1, 'known by its id');

        bad = new Receiver(`whsec_${Buffer.alloc(32).toString('base64')}`);
        await stack.rest('PATCH', `/webhooks/${made.id}`, { url: (await bad.printed(/listening on (\S+)/))[1] });
        const answer = await stack.rest('POST', `/webhooks/${made.id}/test`);
        assert.deepEqual([answer.delivered, answer.status], [false, 400]);
        await bad.printed(/refused: No matching signature found/);
    } finally {
        endpoint.server.close();
        good?.stop();
        bad?.stop();
        await stack.stop();
    }
});
