// Live updates: elements that have changed take the place of those with the same id. Rows do not move: what is new comes
// last, and what is gone stays, grayed, until the next navigation.
import { showEnds } from "./log.js";
import { replace } from "./replace.js";
import { still } from "./still.js";

const address = document.body.dataset.live;
const dot = document.getElementById("live");
const words = {
  connecting: "connecting",
  live: "live",
  paused: "paused",
  away: "Redis away",
  lost: "reconnecting",
  over: "logged out",
};
let source;
let retry;
let paused = false;

try {
  paused = sessionStorage.getItem("qctl-paused") === "true";
} catch {
  // Storage is blocked: the page begins live.
}

function show(state) {
  dot.dataset.live = state;
  dot.querySelector(".live-word").textContent = words[state];
  dot.title = paused ? "Resume live updates" : "Pause live updates";
  dot.setAttribute("aria-pressed", String(paused));
}

function open() {
  close();
  if (paused) return show("paused");
  if (document.hidden) return;
  show("connecting");
  source = new EventSource(address + (address.includes("?") ? "&" : "?") + "since=" + (document.body.dataset.version ?? ""));
  delete document.body.dataset.version;
  source.addEventListener("open", state);
  source.addEventListener("update", (event) => {
    const update = JSON.parse(event.data);
    still(() => patch(update.html, update.gone));
    state();
  });
  source.addEventListener("error", () => {
    show("lost");
    // The browser connects again by itself, unless the server has refused.
    if (source.readyState === EventSource.CLOSED) refused();
  });
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = undefined;
}

function state() {
  show(document.getElementById("redis")?.hasAttribute("data-away") ? "away" : "live");
}

async function refused() {
  close();
  try {
    const response = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    if (response.status === 401) {
      show("over");
      document.getElementById("over").hidden = false;
      return;
    }
  } catch {
    // The server does not answer: try again.
  }
  retry = setTimeout(open, 3000);
}

function patch(elements, gone) {
  for (const html of elements) {
    // A template of its own: what kind of element it may hold depends on the first one.
    const parsed = new DOMParser().parseFromString(`<template>${html}</template>`, "text/html");
    const next = parsed.querySelector("template").content.firstElementChild;
    const old = document.getElementById(next.id);
    if (old) {
      replace(old, next);
    } else {
      document.getElementById(next.dataset.within ?? "")?.append(next);
      showEnds(next);
    }
  }
  for (const id of gone) document.getElementById(id)?.classList.add("gone");
  document.dispatchEvent(new Event("qctl:updated"));
}

if (address && dot) {
  dot.addEventListener("click", () => {
    paused = !paused;
    try {
      sessionStorage.setItem("qctl-paused", String(paused));
    } catch {
      // Storage is blocked: the choice lasts as long as this page.
    }
    open();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
