// What the page does beyond links and forms: a module for each behavior.
import "./complete.js";
import "./copy.js";
import "./keys.js";
import "./live.js";
import "./loading.js";
import "./log.js";
import "./narrow.js";
import "./progress.js";
import "./tabs.js";
import "./tick.js";
import "./times.js";

// The theme switch: the other theme than the one that is shown, kept for this browser.
document.getElementById("theme")?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("qctl-theme", root.dataset.theme);
  } catch {
    // Storage is blocked: the choice lasts as long as this page.
  }
});
