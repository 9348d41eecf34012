// A form is not sent again while its response is on the way: a double click sends it once.

const sent = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (sent.has(form)) event.preventDefault();
  else sent.add(form);
});
// Also when the browser brings the page back as it was left.
addEventListener("pageshow", () => sent.clear());
