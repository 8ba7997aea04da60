#!/usr/bin/env node
// An HTTP endpoint in Node: checks the signature of a task, and sums the numbers in its payload, [1, 2, 3].
//
//     WEBHOOK_SECRET=whsec_… ./webhook.mjs 8000

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

// Whether a request was signed with this secret, less than five minutes ago.
function verified(secret, headers, body) {
  const sentAt = headers["webhook-timestamp"];
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const hmac = createHmac("sha256", key).update(`${headers["webhook-id"]}.${sentAt}.`).update(body);
  const expected = Buffer.from(`v1,${hmac.digest("base64")}`);
  const signatures = (headers["webhook-signature"] ?? "").split(" ").map((one) => Buffer.from(one));
  const recent = Math.abs(Date.now() / 1000 - Number(sentAt)) < 300;
  return recent && signatures.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const answer = (status, text) => response.writeHead(status).end(text);
  if (!verified(process.env.WEBHOOK_SECRET, request.headers, body)) {
    return answer(401, "wrong signature"); // put back: the task is not to blame
  }
  try {
    const sum = JSON.parse(body).reduce((a, b) => a + b, 0);
    answer(200, JSON.stringify({ sum }));
  } catch (error) {
    answer(422, `not a list of numbers: ${error.message}`); // archived: a retry cannot help
  }
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
