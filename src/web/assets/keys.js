// Keys: `/` goes to the selection box, Escape leaves a field or closes an open menu. An element with `data-key` is
// clicked by its key.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const field = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") {
    const menu = event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else {
      field?.blur();
    }
    return;
  }
  if (field) return;
  if (event.key === "/") {
    const box = document.getElementById("selection");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
    return;
  }
  const keyed = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === event.key);
  if (keyed) {
    event.preventDefault();
    keyed.click();
  }
});

// A click elsewhere closes an open menu.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
