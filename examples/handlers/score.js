// [handlers."score:*"]
// pipe = ["node", "score.js"]
const readline = require("node:readline");

const running = new Map();
console.log = console.error; // the log, and not among the messages

function say(message, more) {
  process.stdout.write(JSON.stringify({ message, ...more }) + "\n");
}

async function score(task, signal) {
  signal.throwIfAborted(); // pass it to fetch and to timers
  return { words: task.payload.text.split(/\s+/).filter(Boolean).length };
}

async function run(task) {
  const { attempt_id } = task;
  const stop = new AbortController();
  running.set(attempt_id, stop);
  try {
    say("done", { attempt_id, result: await score(task, stop.signal) });
  } catch (error) {
    // Without a text to split, a retry would not help.
    const then = error instanceof TypeError ? "skip" : "retry";
    say("fail", { attempt_id, error: String(error), then });
  }
  running.delete(attempt_id);
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.message === "hello") say("ready", { version: 1, capabilities: ["cancel"], concurrency: 100 });
  if (message.message === "task") run(message);
  if (message.message === "cancel") running.get(message.attempt_id)?.abort();
});
