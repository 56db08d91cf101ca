// Shows the cases that are asked for, in both languages alike.
(function () {
  "use strict";
  var only = "", clause = "";

  function each(selector, act) { document.querySelectorAll(selector).forEach(act); }

  function fits(place) {
    var clauses = (place.dataset.clauses || "").split(" ");
    return (!clause || clauses.indexOf(clause) >= 0) && (!only || place.dataset.red !== "");
  }

  function show() {
    each("tr[data-clauses], article[data-clauses]", function (place) { place.hidden = !fits(place); });
    each("[data-only]", function (button) { button.setAttribute("aria-pressed", String(button.dataset.only === only)); });
    each("[data-clause]", function (choice) { choice.value = clause; });
    each("[data-shown]", function (place) {
      var rows = place.closest("section").querySelectorAll("tr[data-clauses]");
      place.textContent = Array.prototype.filter.call(rows, fits).length + " / " + rows.length;
    });
  }

  each("[data-only]", function (button) { button.addEventListener("click", function () { only = button.dataset.only; show(); }); });
  each("[data-clause]", function (choice) { choice.addEventListener("change", function () { clause = choice.value; show(); }); });
  show();
})();
