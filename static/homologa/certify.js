// The certify form: searches its models, ticks whole groups, and keeps the preview in step.

const form = document.querySelector("[data-certify]");
if (form) {
  const preview = document.querySelector("[data-preview]");
  const chooser = form.querySelector("[data-chooser]");
  const search = form.querySelector("[data-search]");
  let last = 0;
  let waiting = 0;

  const update = async () => {
    const asked = new URLSearchParams(new FormData(form));
    history.replaceState(null, "", `?${asked}`);
    const mine = ++last;
    preview.setAttribute("aria-busy", "true");
    asked.set("preview", "1");
    const answered = await ask(`?${asked}`).catch(() => null);
    // A later question was asked while this one was on its way.
    if (mine !== last) return;
    preview.removeAttribute("aria-busy");
    if (answered === null) preview.textContent = preview.dataset.unanswered;
    else preview.innerHTML = answered;
  };
  const ask = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    // The page itself says what is wrong, such as a session that is over, and how to go on: its
    // address holds the form.
    if (answer.ok && !answer.redirected) return answer.text();
    location.reload();
    return new Promise(() => {});
  };
  const soon = () => {
    // What is shown no longer fits what is ticked, so it cannot be started.
    preview.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    clearTimeout(waiting);
    waiting = setTimeout(update, 250);
  };

  const hideUnless = () => { chooser.hidden = form.elements.scope.value === "all"; };

  form.addEventListener("change", (event) => {
    if (event.target.type === "search") return;
    hideUnless();
    soon();
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

  // A tick beside each group's name, for all that is shown of it.
  for (const group of form.querySelectorAll("[data-group]")) {
    const legend = group.querySelector("legend");
    const label = document.createElement("label");
    const box = document.createElement("input");
    label.className = "tick";
    box.type = "checkbox";
    label.append(box, ` ${legend.textContent}`);
    legend.replaceChildren(label);
    const boxes = () => [...group.querySelectorAll("input[name]")].filter((one) => !one.closest("label").hidden);
    const settle = () => {
      const on = boxes().filter((one) => one.checked).length;
      box.checked = on > 0 && on === boxes().length;
      box.indeterminate = on > 0 && !box.checked;
    };
    box.addEventListener("change", () => boxes().forEach((one) => { one.checked = box.checked; }));
    form.addEventListener("change", settle);
    settle();
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
  hideUnless();
}
