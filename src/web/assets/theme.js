// Applies the theme that was chosen. This one script is not a module: it runs before the first paint, so that the page
// does not flash in the other theme.
document.documentElement.dataset.script = "";
try {
  const theme = localStorage.getItem("qctl-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the theme of the system applies.
}
