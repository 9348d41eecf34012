// The job history: rows open in place, and move by themselves while their job runs. Everything
// is rendered by the server; this only asks for it and puts it where it belongs.

// A browser has few connections to one host, so the other running jobs are asked after in turns.
const STREAMS = 3;
const POLL_MS = 4000;
// What no event tells: that time passes, and that nobody is at work.
const SLOWLY_MS = 15_000;
const AT_MOST_EVERY_MS = 1000;
const IN_OPENED = ["pair_search", "pair_region", "result", "pair_page"];

const table = document.querySelector("[data-jobs]");
const watched = new Map();

async function fragment(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  // A session that has ended answers with the login's page: that belongs into no row.
  if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content.firstElementChild;
}

function openedParameters(search) {
  const given = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of IN_OPENED) if (given.get(name)) kept.set(name, given.get(name));
  return kept;
}

// --- Opening in place ------------------------------------------------------------------------

function remember(jobId, parameters) {
  const address = new URL(location);
  for (const name of ["open", ...IN_OPENED]) address.searchParams.delete(name);
  if (jobId) address.searchParams.set("open", jobId);
  for (const [name, value] of parameters ?? []) address.searchParams.set(name, value);
  history.replaceState(null, "", address);
}

function setExpanded(opener, isOpen) {
  opener.setAttribute("aria-expanded", String(isOpen));
}

function close(line) {
  document.getElementById(`opened-${line.dataset.job}`)?.remove();
  setExpanded(line.querySelector(".job-opener"), false);
  if (new URL(location).searchParams.get("open") === line.dataset.job) remember(null);
}

async function open(line) {
  const opener = line.querySelector(".job-opener");
  const content = await fragment(line.dataset.rowsUrl).catch(() => null);
  if (!content) {
    location.assign(opener.href);
    return;
  }
  if (document.getElementById(`opened-${line.dataset.job}`)) return;
  const place = document.createElement("tr");
  place.className = "job-place";
  place.id = `opened-${line.dataset.job}`;
  const cell = place.insertCell();
  cell.colSpan = line.cells.length;
  cell.append(content);
  line.after(place);
  setExpanded(opener, true);
  remember(line.dataset.job);
  watch();
}

async function narrow(section, parameters) {
  section.dataset.query = parameters.toString();
  remember(section.dataset.jobOpened, parameters);
  await refreshOpened(section).catch(() => location.reload());
  for (const name of IN_OPENED) {
    const field = section.querySelector(`form [name="${name}"]`);
    if (field) field.value = parameters.get(name) ?? "";
  }
}

function prepare() {
  for (const opener of table.querySelectorAll(".job-opener")) {
    opener.setAttribute("role", "button");
    setExpanded(opener, "opened" in opener.dataset);
  }
  table.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const opener = event.target.closest(".job-opener");
    const within = event.target.closest("a[data-within], [data-within] a");
    if (!opener && !within) return;
    event.preventDefault();
    if (opener) {
      const line = opener.closest("tr");
      if (opener.getAttribute("aria-expanded") === "true") close(line);
      else open(line);
    } else {
      narrow(within.closest("[data-job-opened]"), openedParameters(new URL(within.href).search));
    }
  });
  table.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches(".job-opener")) return;
    event.preventDefault();
    event.target.click();
  });
  table.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-within]")) return;
    event.preventDefault();
    const asked = openedParameters(new URLSearchParams(new FormData(event.target)).toString());
    narrow(event.target.closest("[data-job-opened]"), asked);
  });
}

// --- Moving by itself ------------------------------------------------------------------------

function swap(old, fresh) {
  if (!old || !fresh || old.isEqualNode(fresh)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const unfolded = [...old.querySelectorAll("details[open]")].map((one) => one.dataset.key);
  const frame = old.querySelector(".rows-frame");
  const scrolled = frame?.scrollLeft;
  for (const one of fresh.querySelectorAll("details")) one.open = unfolded.includes(one.dataset.key);
  old.replaceWith(fresh);
  if (scrolled) fresh.querySelector(".rows-frame")?.scrollTo({ left: scrolled });
  if (!focused) return;
  const href = focused.getAttribute("href");
  const again = href && [...fresh.querySelectorAll("a")].find((a) => a.getAttribute("href") === href);
  (again || fresh.querySelector(".rows-frame"))?.focus({ preventScroll: true });
}

async function refreshOpened(section) {
  const query = section.dataset.query ?? openedParameters(location.search).toString();
  const fresh = await fragment(`${section.dataset.rowsUrl}?${query}`);
  // The search stays as it is: someone may be typing in it.
  for (const part of fresh.querySelectorAll("[data-part]")) {
    swap(section.querySelector(`[data-part="${part.dataset.part}"]`), part);
  }
  if (!fresh.dataset.live) delete section.dataset.live;
}

async function refreshLine(line) {
  const fresh = await fragment(line.dataset.lineUrl);
  // The first cell does not change, and may hold the focus.
  for (const [place, cell] of [...fresh.cells].entries()) {
    if (place && !cell.isEqualNode(line.cells[place])) line.cells[place].replaceWith(cell);
  }
  if (!fresh.dataset.live) delete line.dataset.live;
}

function shown(events) {
  return [...document.querySelectorAll(`[data-live="${CSS.escape(events)}"]`)];
}

async function refresh(events) {
  await Promise.all(
    shown(events).map((part) => (part.matches("tr") ? refreshLine(part) : refreshOpened(part))),
  );
}

// Refreshes at most once a second, and once more for what came meanwhile.
function paced(events) {
  let isBusy = false;
  let isWanted = false;
  return async function run() {
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await refresh(events).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, AT_MOST_EVERY_MS));
    }
    isBusy = false;
    // What has ended gives its stream to the next.
    watch();
  };
}

function poll(events, run, every = POLL_MS) {
  const timer = setInterval(() => {
    if (shown(events).length === 0) clearInterval(timer);
    else if (!document.hidden) run();
  }, every);
  return () => clearInterval(timer);
}

function stream(events, run) {
  const source = new EventSource(events);
  const stopSlowly = poll(events, run, SLOWLY_MS);
  let stopPolling = null;
  source.addEventListener("job", run);
  source.addEventListener("certification", run);
  source.addEventListener("end", () => {
    source.close();
    // Ends by itself with the refresh that shows the end; until then that is tried again.
    stopPolling ??= poll(events, run);
    run();
  });
  source.addEventListener("error", () => {
    // The browser comes back by itself, unless it was refused.
    if (source.readyState === EventSource.CLOSED) stopPolling ??= poll(events, run);
  });
  return () => {
    source.close();
    stopSlowly();
    stopPolling?.();
  };
}

function watch() {
  // What is opened comes first, for it is what someone looks at.
  const live = [...document.querySelectorAll("section[data-live], tr[data-live]")]
    .sort((a, b) => a.matches("tr") - b.matches("tr"))
    .map((part) => part.dataset.live);
  const wanted = [...new Set(live)];
  for (const [events, { stop }] of watched) {
    if (!wanted.includes(events)) {
      stop();
      watched.delete(events);
    }
  }
  wanted.forEach((events, place) => {
    const isStreamed = place < STREAMS;
    if (watched.get(events)?.isStreamed === isStreamed) return;
    watched.get(events)?.stop();
    const run = paced(events);
    watched.set(events, { isStreamed, stop: (isStreamed ? stream : poll)(events, run) });
  });
}

if (table) prepare();
watch();
