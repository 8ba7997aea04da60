// An element takes the place of another. What the reader is doing stays: open parts, the focus, a selection of text, and
// where text is scrolled to. A log that is scrolled to its end stays there when more is added.
const controls = "a, button, summary, input";

// Returns whether it did: while text is selected in it, the old element stays.
export function replace(old, next) {
  const selection = getSelection();
  if (!selection.isCollapsed && selection.containsNode(old, true)) return false;
  for (const part of within(next, "details[id]")) {
    const before = document.getElementById(part.id);
    if (before) part.open = before.open;
  }
  const scrolled = within(old, "pre[id]").map((part) => [part.id, part.scrollTop, isAtEnd(part)]);
  const focused = document.activeElement;
  const place = [...old.querySelectorAll(controls)].indexOf(focused);
  old.replaceWith(next);
  for (const [id, top, end] of scrolled) {
    const part = document.getElementById(id);
    if (part) part.scrollTop = end ? part.scrollHeight : top;
  }
  // A control with an id must not lead to another one, such as from Stop to the button that begins anew.
  const same = focused.id ? document.getElementById(focused.id) : next.querySelectorAll(controls)[place];
  if (place >= 0) same?.focus({ preventScroll: true });
  return true;
}

// The element itself is one of them if it matches.
function within(element, selector) {
  const parts = [...element.querySelectorAll(selector)];
  return element.matches(selector) ? [element, ...parts] : parts;
}

function isAtEnd(part) {
  return part.matches(".log") && part.scrollTop + part.clientHeight >= part.scrollHeight - 1;
}
