// Choosing in the matrix: whole rows and columns by the checkboxes in their headings, single cells by
// checkboxes that a button adds, because a page has thousands of cells.

const form = document.querySelector("[data-matrix]");
if (form) {
  const table = form.querySelector("table");
  const bar = form.querySelector("[data-bar]");
  const count = form.querySelector("[data-count]");
  const select = form.querySelector("[data-select]");
  const regions = [...table.tHead.querySelectorAll("input")].map((box) => box.value);
  const single = new Set();

  const ticked = (name) => [...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);

  const show = () => {
    const models = new Set(ticked("models"));
    const columns = new Set(ticked("regions"));
    const grid = models.size > 0 || columns.size > 0;
    let number = 0;
    for (const row of table.tBodies[0].rows) {
      const model = row.dataset.model;
      const wholeRow = grid && (models.size === 0 || models.has(model));
      regions.forEach((region, n) => {
        const inGrid = wholeRow && (columns.size === 0 || columns.has(region));
        const chosen = inGrid || single.has(`${model}/${region}`);
        row.cells[n + 1].classList.toggle("c", chosen);
        number += chosen;
      });
    }
    form.elements.pairs.value = [...single].join(" ");
    count.textContent = `${number} ${count.dataset.text}`;
    bar.hidden = number === 0 && select.getAttribute("aria-pressed") === "false";
  };

  const addTicks = () => {
    for (const row of table.tBodies[0].rows) {
      regions.forEach((region, n) => {
        const box = document.createElement("input");
        box.type = "checkbox";
        box.className = "cell-tick";
        box.dataset.pair = `${row.dataset.model}/${region}`;
        box.checked = single.has(box.dataset.pair);
        box.setAttribute("aria-label", `${row.cells[0].querySelector("span").textContent}, ${region}`);
        row.cells[n + 1].prepend(box);
      });
    }
  };

  select.addEventListener("click", () => {
    const on = select.getAttribute("aria-pressed") === "false";
    select.setAttribute("aria-pressed", String(on));
    if (on) addTicks();
    else table.querySelectorAll(".cell-tick").forEach((box) => box.remove());
    show();
  });
  form.addEventListener("change", (event) => {
    const pair = event.target.dataset.pair;
    if (pair) single[event.target.checked ? "add" : "delete"](pair);
    show();
  });
  form.addEventListener("reset", () => {
    single.clear();
    setTimeout(show);
  });

  select.hidden = false;
  // Outside the bar, which is hidden until something is chosen.
  form.before(select);
  // The browser restores checkboxes before this event.
  addEventListener("pageshow", show);
}
