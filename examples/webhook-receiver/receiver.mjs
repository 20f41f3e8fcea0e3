// A webhook receiver for tickbell: verifies, drops what it has seen, says what came.
// WEBHOOK_SECRET=whsec_… node receiver.mjs [PORT]

import { createServer } from 'node:http';

import { Webhook } from 'standardwebhooks';

const kBodyBytesMax = 65_536;
const kSeenMax = 10_000;

const secret = process.env.WEBHOOK_SECRET;
if (!secret) {
    console.error('WEBHOOK_SECRET is not set; the answer to POST /api/v1/webhooks shows it, once');
    process.exit(2);
}

const webhook = new Webhook(secret);

/** Ids of the last messages: a delivery may come twice, always under the same id. */
const seen = new Set();

function isNew(id) {
    if (seen.has(id)) return false;
    seen.add(id);
    if (seen.size > kSeenMax) seen.delete(seen.values().next().value);
    return true;
}

async function readBody(request) {
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
        size += chunk.length;
        if (size > kBodyBytesMax) throw new Error('the body is too long');
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
}

const server = createServer(async (request, response) => {
    try {
        const message = webhook.verify(await readBody(request), request.headers);
        if (isNew(request.headers['webhook-id'])) console.log(`${message.type}: ${message.data.message ?? message.data.symbol}`);
        // Soon, and before the work is done: what takes longer than 15 s is delivered again.
        response.writeHead(204).end();
    } catch (error) {
        console.error(`refused: ${error.message}`);
        response.writeHead(400).end();
    }
});

server.listen(Number(process.argv[2] ?? 9000), '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}/`),
);
