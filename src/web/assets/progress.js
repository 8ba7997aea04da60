// The progress of a change or a look: loaded anew every second while it goes on and somebody watches.
import { replace } from "./replace.js";

const INTERVAL = 1000;

async function load(phase) {
  const answer = await fetch(phase.dataset.poll);
  if (!answer.ok) return phase;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("phase");
  return next && replace(phase, next) ? next : phase;
}

async function follow(phase) {
  while (phase.dataset.poll) {
    await new Promise((done) => setTimeout(done, INTERVAL));
    if (document.hidden) continue;
    try {
      phase = await load(phase);
    } catch {
      // The server does not answer: its next answer shows how the change goes on.
    }
  }
}

const phase = document.getElementById("phase");
if (phase) follow(phase);
