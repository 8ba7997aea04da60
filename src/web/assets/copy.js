// Buttons that copy: `data-copy` is the id of the element whose text is copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  button.dataset.done = (await copy(source)) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => delete button.dataset.done, 1500);
});

// The clipboard needs HTTPS or a loopback address; elsewhere the text is selected instead.
async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return false;
  }
}
