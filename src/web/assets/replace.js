// An element takes the place of another. What the reader is doing stays: open parts, the focus, and a selection of text.
const controls = "a, button, summary, input";

// Returns whether it did: while text is selected in it, the old element stays.
export function replace(old, next) {
  const selection = getSelection();
  if (!selection.isCollapsed && selection.containsNode(old, true)) return false;
  for (const part of next.querySelectorAll("details[id]")) {
    const before = document.getElementById(part.id);
    if (before) part.open = before.open;
  }
  const focused = document.activeElement;
  const place = [...old.querySelectorAll(controls)].indexOf(focused);
  old.replaceWith(next);
  // A control with an id must not lead to another one, such as from Stop to the button that begins anew.
  const same = focused.id ? document.getElementById(focused.id) : next.querySelectorAll(controls)[place];
  if (place >= 0) same?.focus({ preventScroll: true });
  return true;
}
