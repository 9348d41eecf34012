// Choosing in the matrix: whole rows and columns by their ticks, single cells by ticks of their
// own, which are made when they are asked for, since a page has thousands of cells.

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
    const places = new Set(ticked("regions"));
    const grid = models.size > 0 || places.size > 0;
    let number = 0;
    for (const row of table.tBodies[0].rows) {
      const model = row.dataset.model;
      const wholeRow = grid && (models.size === 0 || models.has(model));
      regions.forEach((region, n) => {
        const inGrid = wholeRow && (places.size === 0 || places.has(region));
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
  // Outside the bar, which comes only once there is something to do with it.
  form.before(select);
  // Ticks that the browser restores are there only then.
  addEventListener("pageshow", show);
}
