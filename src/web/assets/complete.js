// Completes the selection box: keys, states, queues, types and groups, as the server suggests them.
const box = document.getElementById("selection");
const list = document.createElement("ul");
let chosen = -1;
let asked = 0;
let typing;

function close() {
  clearTimeout(typing);
  list.hidden = true;
  chosen = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const items = [...list.children];
  chosen = items.length ? (index + items.length) % items.length : -1;
  items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
  if (chosen >= 0) {
    items[chosen].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", items[chosen].id);
  }
}

function accept(item) {
  const characters = [...box.value];
  const { from, to, text } = item.dataset;
  characters.splice(Number(from), Number(to) - Number(from), ...text);
  box.value = characters.join("");
  // The server counts characters, the box UTF-16 units.
  const cursor = characters.slice(0, Number(from) + [...text].length).join("").length;
  box.setSelectionRange(cursor, cursor);
  box.focus();
  if (text.endsWith(":")) suggest().catch(close);
  else close();
}

function show(suggestions) {
  const items = suggestions.map((one, place) => {
    const item = document.createElement("li");
    item.id = `suggestion-${place}`;
    item.setAttribute("role", "option");
    Object.assign(item.dataset, { from: one.from, to: one.to, text: one.text });
    const text = document.createElement("code");
    text.textContent = one.text;
    const meaning = document.createElement("span");
    meaning.textContent = one.meaning;
    item.append(text, meaning);
    return item;
  });
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
  box.setAttribute("aria-expanded", String(items.length > 0));
  chosen = -1;
}

async function suggest() {
  const mine = ++asked;
  const before = [...box.value.slice(0, box.selectionStart)].length;
  const query = new URLSearchParams({ q: box.value, at: String(before) });
  const answer = await fetch(`${box.form.getAttribute("action")}/complete?${query}`);
  if (mine !== asked || !answer.ok || document.activeElement !== box) return;
  show(await answer.json());
}

if (box) {
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  box.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) {
    box.setAttribute(name, value);
  }
  close();
  const ask = () => suggest().catch(close);
  box.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(ask, 150);
  });
  box.addEventListener("focus", ask);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      choose(chosen < 0 && event.key === "ArrowUp" ? -1 : chosen + moves[event.key]);
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
      event.preventDefault();
      accept(list.children[chosen]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  });
  // The box must not lose the focus to the list.
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) accept(item);
  });
}
