// The same job as session_server, with the npm package `ws`, set up as its documentation recommends for speed.
import { WebSocketServer, WebSocket } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096, perMessageDeflate: false, clientTracking: true });
server.on('listening', () => console.error(`listening port=${server.address().port}`));
server.on('connection', (client) => {
    client.on('message', (data) => {
        const [pending, bytes] = JSON.parse(data).id.split(' ').map(Number);
        const head = '{"type":"bench","pad":"';
        const text = Buffer.from(head.padEnd(bytes - 2, 'x') + '"}');
        for (const receiver of server.clients) {
            if (receiver.readyState !== WebSocket.OPEN) continue;
            // Corked: what is pending for one client leaves in one write.
            if (pending > 1) receiver._socket.cork();
            for (let i = 0; i < pending; ++i) receiver.send(text, { binary: false });
            if (pending > 1) receiver._socket.uncork();
        }
    });
});
