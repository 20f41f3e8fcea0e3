// A client that is told of every crossing exactly once, whatever happens to its connection.
//   node client.mjs ws://127.0.0.1:8080/ws BTCUSDT above 70000
// Needs the package `ws`. The state file remembers the account's secret and the last `seq` that was dealt with.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import WebSocket from "ws";

const [url, ...words] = process.argv.slice(2);
const file = process.env.STATE ?? "tickbell-client.json";
let state = { session: null, epoch: null, seq: 0 };
try { state = JSON.parse(readFileSync(file, "utf8")); } catch { /* the first start */ }
let retryMs = 500;

const save = () => { writeFileSync(`${file}.new`, JSON.stringify(state)); renameSync(`${file}.new`, file); };

function deal(event) {
  if (event.seq <= state.seq) return; // told before the connection broke
  console.log(event.type === "gap" ? `gap ${event.symbol} ${event.reason}` : `${event.seq} ${event.message}`);
  state.seq = event.seq; // deal first, remember then: a crash between the two repeats, it never loses
  save();
}

function connect() {
  const socket = new WebSocket(url);
  const send = (method, params) => socket.send(JSON.stringify({ method, params }));
  socket.on("message", (data) => {
    const frame = JSON.parse(data);
    if (frame.type === "welcome" && state.session) return send("auth", { session: state.session });
    if (frame.type === "welcome" || frame.method === "auth") {
      const me = frame.result ?? frame;
      if (frame.error || me.epoch !== state.epoch) state = { session: me.session ?? null, epoch: me.epoch ?? null, seq: 0 };
      if (frame.error) { save(); return socket.close(); } // the account is gone: come back as a new one
      save();
      send("resume", { epoch: state.epoch, after: state.seq });
      send("subscribe", words.join(" "));
      retryMs = 500;
    }
    if (frame.error) console.error(`${frame.method}: ${frame.error.message}`);
    if (frame.type === "notification" || frame.type === "gap") deal(frame);
  });
  socket.on("error", (error) => console.error(error.message));
  socket.on("close", (code) => {
    if (code >= 4500) process.exit(1); // not welcome: trying again would not help
    setTimeout(connect, retryMs * (0.5 + Math.random()));
    retryMs = Math.min(retryMs * 2, 30_000);
  });
}
connect();
