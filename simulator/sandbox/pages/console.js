// Keeps the list of calls fresh, and opens the message an arrow of the diagram points to. Everything works without it.
(() => {
  const rows = document.querySelector("[data-live]");
  const button = document.querySelector("[data-pause]");
  let paused = false;
  const refresh = async () => {
    if (paused || document.hidden || rows.contains(document.activeElement)) return;
    try {
      const answer = await fetch(rows.dataset.live + location.search, { cache: "no-store" });
      if (answer.ok) rows.innerHTML = await answer.text();
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
  const open = () => {
    const said = location.hash && document.getElementById(location.hash.slice(1));
    if (said instanceof HTMLDetailsElement) said.open = true;
  };
  addEventListener("hashchange", open);
  open();
})();
