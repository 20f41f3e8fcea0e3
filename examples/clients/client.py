#!/usr/bin/env python3
"""A client that is told of every crossing exactly once, whatever happens to its connection.

    python3 client.py ws://127.0.0.1:8080/ws BTCUSDT above 70000

Needs the package python3-websockets. The state file remembers the account's secret and the last `seq` dealt with.
"""
import asyncio, json, os, random, sys
import websockets

URL, WORDS = sys.argv[1], " ".join(sys.argv[2:])
FILE = os.environ.get("STATE", "tickbell-client.json")
state = {"session": None, "epoch": None, "seq": 0}
if os.path.exists(FILE):
    with open(FILE) as stored:
        state = json.load(stored)


def save():
    with open(FILE + ".new", "w") as new:
        json.dump(state, new)
    os.replace(FILE + ".new", FILE)


def deal(event):
    if event["seq"] <= state["seq"]:
        return  # told before the connection broke
    print(f"gap {event['symbol']} {event['reason']}" if event["type"] == "gap" else f"{event['seq']} {event['message']}", flush=True)
    state["seq"] = event["seq"]  # deal first, remember then: a crash between the two repeats, it never loses
    save()


async def serve(socket):
    async def ask(method, params):
        await socket.send(json.dumps({"method": method, "params": params}))

    async for text in socket:
        frame = json.loads(text)
        if frame.get("type") == "welcome" and state["session"]:
            await ask("auth", {"session": state["session"]})
        elif frame.get("type") == "welcome" or frame.get("method") == "auth":
            me = frame.get("result", frame)
            if "error" in frame or me["epoch"] != state["epoch"]:
                state.update(session=me.get("session"), epoch=me.get("epoch"), seq=0)
            save()
            if "error" in frame:
                return  # the account is gone: come back as a new one
            await ask("resume", {"epoch": state["epoch"], "after": state["seq"]})
            await ask("subscribe", WORDS)
        elif frame.get("type") in ("notification", "gap"):
            deal(frame)
        elif "error" in frame:
            print(frame["method"], frame["error"]["message"], file=sys.stderr)


async def main():
    retry = 0.5
    while True:
        try:
            async with websockets.connect(URL) as socket:
                retry = 0.5
                await serve(socket)
        except (OSError, websockets.exceptions.WebSocketException) as error:
            if getattr(error, "code", 0) >= 4500:
                sys.exit(1)  # not welcome: trying again would not help
            print(error, file=sys.stderr)
        await asyncio.sleep(retry * (0.5 + random.random()))
        retry = min(retry * 2, 30)


asyncio.run(main())
