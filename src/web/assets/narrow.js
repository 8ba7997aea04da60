// A box that narrows the rows of a table while it is typed: `data-narrow` is the id of the table. Rows have their name in
// `data-name`. Without scripts its form asks the server for the same.
const box = document.querySelector("input[data-narrow]");

function narrow() {
  const words = box.value.trim().toLowerCase().split(/\s+/);
  const table = document.getElementById(box.dataset.narrow);
  let shown = 0;
  for (const row of table.querySelectorAll("tbody tr")) {
    const name = (row.dataset.name ?? "").toLowerCase();
    row.hidden = !words.every((word) => name.includes(word));
    if (!row.hidden) shown += 1;
  }
  const none = document.getElementById(`${box.dataset.narrow}-none`);
  if (none) none.hidden = shown > 0;
}

if (box) {
  box.addEventListener("input", narrow);
  // The live updates put new rows in.
  document.addEventListener("qctl:updated", narrow);
}
