// Shows one language at a time and draws its charts the first time it is seen.
(function () {
  "use strict";
  var page = JSON.parse(document.getElementById("page-data").textContent);
  var drawn = {};

  function draw(lang) {
    if (drawn[lang] || !window.vegaEmbed) return;
    drawn[lang] = true;
    document.querySelectorAll('[data-view="' + lang + '"] [data-chart]').forEach(function (place) {
      window.vegaEmbed(place, page.charts[lang][place.dataset.chart], {
        mode: "vega-lite", renderer: "svg", actions: false, config: page.config, tooltip: { theme: "light" }
      }).catch(function (problem) { place.textContent = String(problem); });
    });
  }

  function show(lang) {
    document.querySelectorAll("[data-view]").forEach(function (view) { view.hidden = view.dataset.view !== lang; });
    document.querySelectorAll("[data-show]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.show === lang));
    });
    document.documentElement.lang = page.htmlLang[lang];
    document.title = page.titles[lang];
    draw(lang);
  }

  // An address that ends in #zh, #en or a part such as #zh-rate opens in that language.
  function wanted() {
    var lang = location.hash.slice(1, 3);
    return page.titles[lang] ? lang : "";
  }

  function follow() {
    var lang = wanted();
    if (!lang) return;
    show(lang);
    var part = document.getElementById(location.hash.slice(1));
    if (part && location.hash.length > 3) part.scrollIntoView();
  }

  document.querySelectorAll("[data-show]").forEach(function (button) {
    button.addEventListener("click", function () { show(button.dataset.show); });
  });
  window.addEventListener("hashchange", follow);
  var first = document.querySelector("[data-view]:not([hidden])").dataset.view;
  show(wanted() || first);
  follow();
})();
