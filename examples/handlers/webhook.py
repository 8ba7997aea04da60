#!/usr/bin/env python3
"""An HTTP endpoint in Python: checks the signature of a task, and sums the numbers in its payload, [1, 2, 3].

    WEBHOOK_SECRET=whsec_… ./webhook.py 8000
"""

import base64
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def verified(secret, headers, body):
    """Whether a request was signed with this secret, less than five minutes ago."""
    sent_at = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id')}.{sent_at}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    signatures = headers.get("webhook-signature", "").split()
    recent = sent_at.isdecimal() and abs(time.time() - int(sent_at)) < 300
    return recent and any(hmac.compare_digest(expected, one) for one in signatures)


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not verified(os.environ["WEBHOOK_SECRET"], self.headers, body):
            return self.answer(401, "wrong signature")  # put back: the task is not to blame
        try:
            self.answer(200, json.dumps({"sum": sum(json.loads(body))}))
        except (ValueError, TypeError) as error:
            self.answer(422, f"not a list of numbers: {error}")  # archived: a retry cannot help

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
