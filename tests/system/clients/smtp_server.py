#!/usr/bin/env python3
"""An SMTP server of Debian's python3-aiosmtpd on a free port of 127.0.0.1: prints the port, then each mail as JSON."""
import asyncio
import json
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP


class Printing:
    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        print(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": mail.items(),
            "text": mail.get_content().replace("\r\n", "\n"),
            "defects": [str(defect) for defect in mail.defects],
        }), flush=True)
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Printing(), loop=loop), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(main())
