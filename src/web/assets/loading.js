// While the next page is on its way: nothing for 150 ms, then the present one as a skeleton.
const main = document.querySelector("main");
let timer;

function load() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    main.dataset.loading = "";
    main.setAttribute("aria-busy", "true");
  }, 150);
}

function show() {
  clearTimeout(timer);
  delete main.dataset.loading;
  main.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
  if (!link || elsewhere || link.target || link.hasAttribute("download") || event.defaultPrevented) return;
  const samePage = link.pathname === location.pathname && link.search === location.search && link.hash;
  if (link.origin === location.origin && !samePage) load();
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) load();
});
// The page came back from the browser's cache, or the download or the stop button ended the load.
addEventListener("pageshow", show);
addEventListener("pagehide", () => clearTimeout(timer));
addEventListener("keydown", (event) => {
  if (event.key === "Escape") show();
});
