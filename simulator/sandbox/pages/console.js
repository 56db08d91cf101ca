// Keeps the list of calls fresh, opens the message an arrow of the diagram points to, takes "/" to the search.
// Everything works without it.
(() => {
  const rows = document.querySelector("[data-live]");
  const button = document.querySelector("[data-pause]");
  let paused = false;
  const table = () => rows.querySelector(".scroll");
  const refresh = async () => {
    if (paused || document.hidden || rows.contains(document.activeElement)) return;
    try {
      const answer = await fetch(rows.dataset.live + location.search, { cache: "no-store" });
      if (!answer.ok || rows.contains(document.activeElement)) return;
      const text = await answer.text();
      const at = table() ? table().scrollLeft : 0;
      rows.innerHTML = text;
      if (table()) table().scrollLeft = at;
    } catch { /* the sandbox is being started again: the next time will tell */ }
  };
  if (rows) {
    setInterval(refresh, 2000);
    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.textContent = paused ? button.dataset.resume : button.dataset.pause;
    });
  }
  addEventListener("keydown", (event) => {
    const search = document.querySelector("[data-shortcut]");
    if (event.key !== "/" || !search || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    search.focus();
  });
  const open = () => {
    const said = location.hash && document.getElementById(location.hash.slice(1));
    if (!(said instanceof HTMLDetailsElement)) return;
    said.open = true;
    said.querySelector("summary").focus();
  };
  addEventListener("hashchange", open);
  open();
})();
