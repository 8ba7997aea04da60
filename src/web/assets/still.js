// What the pointer or the focus is on stays where it is while the page changes above it. A page that cannot scroll that
// far becomes higher, at its end or at its top, until nothing is pointed at.
const main = document.querySelector("main");
let added = 0;
let pointer;

addEventListener("pointermove", (event) => (pointer = event));
document.addEventListener("pointerleave", () => (pointer = undefined));

export function still(update) {
  const id = pointedAt();
  const before = top(id);
  update();
  if (before === undefined) return grow(0, "");
  const down = top(id) - before;
  grow(added, `${Math.ceil(innerHeight + scrollY + down)}px`);
  scrollBy({ top: down, behavior: "instant" });
  // Positive only where the page would have to scroll past its top.
  grow(added + Math.max(before - top(id), 0), document.body.style.minHeight);
}

// The id of the innermost element, which its successor has too. `:hover` is lost when an element is replaced.
function pointedAt() {
  const inner = pointer && document.elementFromPoint(pointer.clientX, pointer.clientY);
  return (inner ?? document.activeElement)?.closest("main [id]")?.id;
}

function top(id) {
  return document.getElementById(id ?? "")?.getBoundingClientRect().top;
}

function grow(above, height) {
  added = above;
  main.style.marginTop = above ? `${above}px` : "";
  document.body.style.minHeight = height;
}
