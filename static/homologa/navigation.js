// The navigation: what is unfolded closes on Esc and on a press elsewhere, and the present entry is
// in sight, however narrow the window.

const unfolded = () => [...document.querySelectorAll("details.drop[open]")];

document.addEventListener("click", (event) => {
  for (const one of unfolded()) if (!one.contains(event.target)) one.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const one of unfolded()) {
    if (one.contains(document.activeElement)) one.querySelector("summary").focus();
    one.open = false;
  }
});

const here = document.querySelector(".navigation > ul a[aria-current]");
if (here) {
  const list = here.closest("ul");
  const beyond = here.getBoundingClientRect().right - list.getBoundingClientRect().right;
  if (beyond > 0) list.scrollLeft += Math.ceil(beyond);
}
