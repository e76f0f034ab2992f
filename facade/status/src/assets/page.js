// Fetches the document, shows it, and keeps it up to date.

const base = location.pathname.replace(/\/?$/, "/");
let status = null;
let settings = null;
let lastMessage = 0;

function summaryOf({ protections_by_level: protections, components_by_level: components, config }) {
  const count = (levels) => LEVELS.filter((level) => level !== "idle" && level !== "ok" && levels[level])
    .map((level) => `${levels[level]} ${level}`).join(", ");
  const parts = [["protections", count(protections)], ["components", count(components)]].filter(([, text]) => text);
  const said = parts.map(([name, text]) => `${name}: ${text}`);
  if (config.is_stale) said.push("settings are stale");
  return said.length ? said.join("; ") : "All is well.";
}

function setText(id, text) { if (byId(id).textContent !== text) byId(id).textContent = text; }

function eventItem(one) {
  const of = one.of ? `${kindOf(one.of.component)} ${one.of.name}${one.key ? `, key ${one.key}` : ""}` : "status page";
  const times = one.count > 1 ? ` (${number(one.count)} times in ${time(one.first_seconds_ago - one.seconds_ago)})` : "";
  const name = words(one.event.split(".").pop());
  return el("li", {}, el("span", { class: "faint" }, ago(one.seconds_ago)), badge(one.level, name),
    el("span", {}, of), el("span", {}, one.text === name ? times : `${one.text}${times}`));
}

const isTrouble = (level) => level === "refusing" || level === "failing" || level === "warning";

/** Leaves out what does not match the filter. */
function matching(list, names) {
  const wanted = byId("words").value.trim().toLowerCase();
  const trouble = byId("trouble").checked;
  return list.filter((one) => (!trouble || isTrouble(one.level))
    && (!wanted || names(one).some((name) => name && name.toLowerCase().includes(wanted))));
}

function render() {
  if (!status) return;
  const { protections, components, events, config } = status;
  setText("title", status.namespace ? `${status.title}: ${status.namespace}` : status.title);
  document.title = `${symbol(status.level)} ${status.title}`;
  setText("summary", summaryOf(status));
  const { is_ready, state } = status.health;
  setText("health", `${is_ready ? "ready" : "not ready"} for requests${state === "ready" ? "" : `, ${state}`}`);
  const some = matching(protections, (one) => [one.name, ...one.layers.map((layer) => layer.name)]);
  const parts = matching(components, (one) => [one.name, ...one.refusals.map(({ layer }) => layer.name)]);
  const happened = matching(events, (one) => [one.of && one.of.name, one.protection, one.text]);
  const or = (nodes, text) => (nodes.length ? nodes : [el("p", { class: "empty" }, text)]);
  show(byId("protections"), or(some.map(protectionCard), "No protection matches."));
  show(byId("components"), or(parts.map(componentCard), "No component matches."));
  show(byId("events"), or(happened.map(eventItem), "No event matches."));
  showSettings(config, settings);
  const isFiltered = byId("words").value.trim() || byId("trouble").checked;
  setText("matches", isFiltered ? `${some.length} of ${protections.length} protections, ${parts.length} of ${components.length} components` : "");
}

async function fetchAll() {
  const answer = await fetch(`${base}status.json`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`the service answers ${answer.status}`);
  status = await answer.json();
  ({ settings } = status);
  received();
}

function received() {
  lastMessage = performance.now();
  showConnection();
  render();
}

function connect() {
  const events = new EventSource(`${base}events`);
  events.addEventListener("status", ({ data }) => {
    const before = status && status.config;
    status = JSON.parse(data);
    received();
    if (!before || before.version !== status.config.version) fetchAll().catch(() => {});
  });
  events.onerror = () => {
    if (events.readyState !== EventSource.CLOSED) return;
    // Without a live connection, by asking.
    setTimeout(() => fetchAll().catch(() => {}).then(connect), 3000);
  };
}

function showConnection() {
  const age = (performance.now() - lastMessage) / 1000;
  const lost = age > 5;
  byId("connection").classList.toggle("lost", lost);
  setText("connection", lost ? `no data for ${time(Math.floor(age))}: what is shown is old` : "live");
}

const THEMES = ["automatic", "light", "dark"];
const dark = matchMedia("(prefers-color-scheme: dark)");
let theme = "automatic";

function showTheme() {
  const isDark = theme === "dark" || (theme === "automatic" && dark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  setText("theme", `Theme: ${theme}`);
}

byId("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  try { localStorage.setItem("seawall-theme", theme); } catch { /* It lasts as long as the page. */ }
  showTheme();
});
try { theme = THEMES.find((name) => name === localStorage.getItem("seawall-theme")) || theme; } catch { /* Not allowed. */ }
dark.addEventListener("change", showTheme);
showTheme();

byId("filter").addEventListener("submit", (event) => event.preventDefault());
byId("filter").addEventListener("input", render);
byId("legend").append(...OUTCOMES.map((outcome) => el("span", {}, el("span", { class: `swatch ${outcome}` }),
  outcome === "other" ? "other: not run, ignored, abandoned" : OUTCOME_WORDS[outcome])));

setInterval(showConnection, 1000);
fetchControls().then(fetchAll).catch(() => {}).then(connect);
