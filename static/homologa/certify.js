// The certify form: searches its models, ticks whole groups, and keeps the preview in step.

const form = document.querySelector("[data-certify]");
if (form) {
  const preview = document.querySelector("[data-preview]");
  const chooser = form.querySelector("[data-chooser]");
  const search = form.querySelector("[data-search]");
  let latestRequest = 0;
  let timer = 0;

  const update = async () => {
    const parameters = new URLSearchParams(new FormData(form));
    history.replaceState(null, "", `?${parameters}`);
    const request = ++latestRequest;
    preview.setAttribute("aria-busy", "true");
    parameters.set("preview", "1");
    const html = await load(`?${parameters}`).catch(() => null);
    // A later request was sent while this one was on its way.
    if (request !== latestRequest) return;
    preview.removeAttribute("aria-busy");
    if (html === null) preview.textContent = preview.dataset.unanswered;
    else preview.innerHTML = html;
  };
  const load = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    // The page itself says what is wrong, such as a session that is over. Its address has the form.
    if (answer.ok && !answer.redirected) return answer.text();
    location.reload();
    return new Promise(() => {});
  };
  const updateSoon = () => {
    // The preview is no longer that of the ticked models and regions, so it cannot be started.
    preview.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    clearTimeout(timer);
    timer = setTimeout(update, 250);
  };

  const hideChooser = () => { chooser.hidden = form.elements.scope.value === "all"; };

  form.addEventListener("change", (event) => {
    if (event.target.type === "search") return;
    hideChooser();
    updateSoon();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    update();
  });

  search.hidden = false;
  search.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of chooser.querySelectorAll("[data-group]")) {
      let any = false;
      for (const label of group.querySelectorAll("[data-words]")) {
        label.hidden = !words.every((word) => label.dataset.words.includes(word));
        any ||= !label.hidden;
      }
      group.hidden = !any;
    }
  });

  // A checkbox in each group's legend ticks all of the group that the search shows.
  for (const group of form.querySelectorAll("[data-group]")) {
    const legend = group.querySelector("legend");
    const label = document.createElement("label");
    const box = document.createElement("input");
    label.className = "tick";
    box.type = "checkbox";
    label.append(box, ` ${legend.textContent}`);
    legend.replaceChildren(label);
    const boxes = () => [...group.querySelectorAll("input[name]")].filter((one) => !one.closest("label").hidden);
    const updateBox = () => {
      const on = boxes().filter((one) => one.checked).length;
      box.checked = on > 0 && on === boxes().length;
      box.indeterminate = on > 0 && !box.checked;
    };
    box.addEventListener("change", () => boxes().forEach((one) => { one.checked = box.checked; }));
    form.addEventListener("change", updateBox);
    updateBox();
  }

  const allNone = form.querySelector("[data-all-none]");
  allNone.hidden = false;
  allNone.addEventListener("click", (event) => {
    const wanted = event.target.dataset.tick;
    if (!wanted) return;
    form.querySelectorAll("input[name=regions]").forEach((box) => { box.checked = wanted === "all"; });
    allNone.dispatchEvent(new Event("change", { bubbles: true }));
  });

  form.querySelector("[data-plain]").hidden = true;
  hideChooser();
}
