// Ticks in a list of tasks: all of a page at once, and which actions there are for what is ticked.
const form = document.getElementById("tasks");

function update() {
  const boxes = [...form.querySelectorAll("input[name=task]")];
  const ticked = boxes.filter((box) => box.checked).length;
  const all = document.getElementById("all")?.checked;
  const each = document.getElementById("tick-all");
  if (each) {
    each.checked = ticked > 0 && ticked === boxes.length;
    each.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  for (const box of [each, ...boxes]) if (box) box.disabled = Boolean(all);
  const label = document.getElementById("ticked");
  if (label) label.textContent = all ? "" : ticked === 0 ? "none ticked" : `${ticked} ticked`;
  for (const button of form.querySelectorAll("button[name=action]")) {
    button.disabled = all ? !("all" in button.dataset) : ticked === 0;
  }
}

async function count() {
  const label = document.querySelector("[data-count]");
  const answer = await fetch(label.dataset.count);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  label.replaceChildren(...page.body.childNodes);
}

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.id === "tick-all") {
      for (const box of form.querySelectorAll("input[name=task]")) box.checked = event.target.checked;
    }
    update();
  });
  // Back from another page: the browser has kept the ticks.
  addEventListener("pageshow", update);
  count().catch(() => {});
}
