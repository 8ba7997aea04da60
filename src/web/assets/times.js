// The next times of a spec while it is typed.
const times = document.getElementById("times");
const spec = document.getElementById("spec");
const zone = document.getElementById("tz");
let timer;
let asked = 0;

async function update() {
  const mine = ++asked;
  const query = new URLSearchParams({ spec: spec.value, tz: zone.value });
  const answer = await fetch(`${times.dataset.times}?${query}`);
  if (mine !== asked || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  times.replaceChildren(...page.body.childNodes);
}

if (times && spec && zone) {
  for (const box of [spec, zone]) {
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => update().catch(() => {}), 200);
    });
  }
}
