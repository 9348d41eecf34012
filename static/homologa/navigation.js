// The navigation: an open menu closes on Esc and on a click elsewhere, and the current entry is
// scrolled into view in a narrow window.

const openMenus = () => [...document.querySelectorAll("details.drop[open]")];

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
});

const current = document.querySelector(".navigation > ul a[aria-current]");
if (current) {
  const list = current.closest("ul");
  const beyond = current.getBoundingClientRect().right - list.getBoundingClientRect().right;
  if (beyond > 0) list.scrollLeft += Math.ceil(beyond);
}
