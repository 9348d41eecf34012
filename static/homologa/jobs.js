// The job history: a row opens the details of its job below it, and both are updated while the job
// runs. All HTML is rendered by the server.

// A browser has few connections to one host, so further running jobs are polled.
const STREAMS = 3;
const POLL_MS = 4000;
// For what no event reports: the time that passes, and that no worker is alive.
const SLOW_POLL_MS = 15_000;
const REFRESH_INTERVAL_MS = 1000;
const NEW_JOBS_MS = 5000;
const DETAILS_PARAMETERS = ["pair_search", "pair_region", "result", "pair_route", "pair_page"];

const table = document.querySelector("[data-jobs]");
const watched = new Map();

async function fragment(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  // A session that has ended is redirected to the login page, which must not go into a row.
  if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content.firstElementChild;
}

function detailsParameters(search) {
  const all = new URLSearchParams(search);
  const own = new URLSearchParams();
  for (const name of DETAILS_PARAMETERS) if (all.get(name)) own.set(name, all.get(name));
  return own;
}

// --- Opening the details ---------------------------------------------------------------------

function remember(jobId, parameters) {
  const address = new URL(location);
  for (const name of ["open", ...DETAILS_PARAMETERS]) address.searchParams.delete(name);
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
  const details = document.createElement("tr");
  details.className = "job-details";
  details.id = `opened-${line.dataset.job}`;
  const cell = details.insertCell();
  cell.colSpan = line.cells.length;
  cell.append(content);
  line.after(details);
  setExpanded(opener, true);
  remember(line.dataset.job);
  watch();
}

async function filterDetails(section, parameters) {
  section.dataset.query = parameters.toString();
  remember(section.dataset.jobOpened, parameters);
  await refreshOpened(section).catch(() => location.reload());
  for (const name of DETAILS_PARAMETERS) {
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
      filterDetails(within.closest("[data-job-opened]"), detailsParameters(new URL(within.href).search));
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
    const parameters = detailsParameters(new URLSearchParams(new FormData(event.target)).toString());
    filterDetails(event.target.closest("[data-job-opened]"), parameters);
  });
}

// --- Live updates ----------------------------------------------------------------------------

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
  const same = href && [...fresh.querySelectorAll("a")].find((a) => a.getAttribute("href") === href);
  (same || fresh.querySelector(".rows-frame"))?.focus({ preventScroll: true });
}

async function refreshOpened(section) {
  const query = section.dataset.query ?? detailsParameters(location.search).toString();
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
  for (const [index, cell] of [...fresh.cells].entries()) {
    if (index && !cell.isEqualNode(line.cells[index])) line.cells[index].replaceWith(cell);
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

// Refreshes at most once a second, and once more for events that came meanwhile.
function throttled(events) {
  let isBusy = false;
  let isWanted = false;
  return async function run() {
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await refresh(events).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, REFRESH_INTERVAL_MS));
    }
    isBusy = false;
    // A job that has ended frees its stream for the next one.
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
  const stopSlowPoll = poll(events, run, SLOW_POLL_MS);
  let stopPolling = null;
  source.addEventListener("job", run);
  source.addEventListener("certification", run);
  source.addEventListener("end", () => {
    source.close();
    // Polls until a refresh shows the end.
    stopPolling ??= poll(events, run);
    run();
  });
  source.addEventListener("error", () => {
    // The browser reconnects by itself, unless the server refused it.
    if (source.readyState === EventSource.CLOSED) stopPolling ??= poll(events, run);
  });
  return () => {
    source.close();
    stopSlowPoll();
    stopPolling?.();
  };
}

function watch() {
  // The open details come first: they are what the user looks at.
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
  wanted.forEach((events, index) => {
    const isStreamed = index < STREAMS;
    if (watched.get(events)?.isStreamed === isStreamed) return;
    watched.get(events)?.stop();
    const run = throttled(events);
    watched.set(events, { isStreamed, stop: (isStreamed ? stream : poll)(events, run) });
  });
}

// --- Jobs that were opened elsewhere ----------------------------------------------------------

// Asks for this very page, and puts the rows that it has and this one lacks on top.
async function addNewJobs() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...page.querySelectorAll("[data-jobs] tr[data-job]")].reverse();
  if (!table && fresh.length) location.reload();
  if (!table) return;
  for (const line of fresh) {
    if (table.querySelector(`tr[data-job="${CSS.escape(line.dataset.job)}"]`)) continue;
    const opener = line.querySelector(".job-opener");
    opener.setAttribute("role", "button");
    setExpanded(opener, false);
    table.tBodies[0].prepend(document.adoptNode(line));
  }
  watch();
}

if (table) prepare();
watch();
if (document.querySelector("[data-newest]")) {
  setInterval(() => addNewJobs().catch(() => {}), NEW_JOBS_MS);
}
