// The cards of protections and components.

const figure = (name, value, wide) => el("div", { class: wide ? "wide" : null }, el("dt", {}, name), el("dd", {}, value));
const cell = (value) => el("td", { class: "number" }, value);
const head = (...names) => el("tr", {}, names.map((name, at) => el("th", { scope: "col", class: at ? "number" : null }, name)));

function more(key, title, ...content) {
  return el("details", { "data-key": key }, el("summary", {}, title), el("div", { class: "scroll" }, content));
}

/** Calls a second by how they ended, over the last ten seconds. */
function rates({ windows }) {
  const last = windows[0];
  const rate = (count) => (last.covered_seconds ? `${number(count / last.covered_seconds)}/s` : "–");
  const shown = [figure("calls", rate(last.calls))];
  for (const outcome of OUTCOMES) {
    if (outcome === "success" || last[outcome]) shown.push(figure(OUTCOME_WORDS[outcome], rate(last[outcome])));
  }
  return shown;
}

function latency(times) {
  if (!times) return [];
  return ["p50", "p95", "p99"].map((name) => figure(name, time(times[`${name}_seconds`])));
}

function windowsTable({ windows, total }) {
  const row = (title, counts, calls) => el("tr", {}, el("th", { scope: "row", class: "nowrap" }, title),
    cell(number(calls)), OUTCOMES.map((outcome) => cell(number(counts[outcome]))));
  const all = OUTCOMES.reduce((sum, outcome) => sum + total[outcome], 0);
  // While the page is young, longer windows are the same as shorter ones.
  const known = windows.filter((one, at) => at === 0 || one.covered_seconds > windows[at - 1].covered_seconds);
  return more("windows", "Calls by how they ended", el("table", {},
    el("thead", {}, head("", "calls", ...OUTCOMES.map((outcome) => OUTCOME_WORDS[outcome]))),
    el("tbody", {}, known.map((one) => row(`last ${time(one.covered_seconds)}`, one, one.calls)), row("in all", total, all))));
}

function refusalsTable(refusals, about) {
  if (!refusals.length) return null;
  const recent = refusals.reduce((sum, one) => sum + one.last_minute, 0);
  const rows = refusals.map(({ layer, kind, last_minute, total }) => el("tr", {},
    el("td", {}, `${kindOf(layer.component)} ${layer.name}`), el("td", {}, words(kind)), cell(number(last_minute)), cell(number(total))));
  const heads = el("tr", {}, el("th", { scope: "col" }, about), el("th", { scope: "col" }, "reason"),
    el("th", { scope: "col", class: "number" }, "last minute"), el("th", { scope: "col", class: "number" }, "in all"));
  return more("refusals", `Refusals ${about}: ${number(recent)} in the last minute`,
    el("table", {}, el("thead", {}, heads), el("tbody", {}, rows)));
}

const lastError = (error) => error && el("p", { class: "error" }, `Last error, ${ago(error.seconds_ago)}: ${error.text}`);
const charts = (one) => el("div", { class: "charts" }, callsChart(one.seconds), levelChart(one.minutes));

function card(key, one, kind, ...content) {
  const id = `card-${encodeURIComponent(key)}`;
  return el("article", { class: `card ${one.level}`, "data-key": key, "aria-labelledby": id },
    el("h3", { id }, el("span", { class: "name" }, one.name), el("span", { class: "kind" }, kind),
      badge(one.level), el("span", { class: "faint" }, `for ${time(one.level_seconds)}`)),
    content);
}

function protectionCard(one) {
  const limits = [["timeout", one.timeout_seconds], ["deadline", one.deadline_seconds]].filter(([, limit]) => limit !== null);
  const layers = one.layers.map((layer) => el("li", {}, `${kindOf(layer.component)} ${layer.name}`,
    layer.state ? [" ", badge(layer.level, `${symbol(layer.level)} ${words(layer.state)}`)] : null));
  const extra = Object.entries(one.extra).map(([name, count]) => figure(words(name), number(count)));
  return card(`protection:${one.name}`, one, one.in_settings ? "" : "not in the settings",
    one.reason ? el("p", { class: "reason" }, one.reason) : null,
    lastError(one.last_error),
    el("dl", { class: "figures" }, rates(one), latency(one.latency), extra),
    charts(one),
    layers.length ? el("ol", { class: "layers", "aria-label": "Layers, in their order" }, layers) : null,
    limits.length ? el("p", { class: "faint" }, limits.map(([name, limit]) => `${name} ${time(limit)}`).join(", ")) : null,
    refusalsTable(one.refusals, "by layer"), windowsTable(one));
}

function controlsOf(one) {
  return one.control.map(({ action, limit, by, reason, expires_in_seconds, of_key }) => {
    const what = `${words(action)}${limit === null ? "" : ` to ${limit}`}${of_key ? " of a key" : ""}`;
    const until = expires_in_seconds === null ? "until it is released" : `for another ${time(expires_in_seconds)}`;
    return el("p", { class: "reason" }, badge("warning", "manual control"), ` ${what} by ${by}, ${until}: ${reason}`);
  });
}

function componentCard(one) {
  const state = [figure("state", `${words(one.state)} for ${time(one.state_seconds)}`, true)];
  if (one.max !== null) state.push(figure("in use", `${number(one.used)} of ${number(one.max)}`));
  if (one.retry_after_seconds !== null) state.push(figure("next try in", time(one.retry_after_seconds)));
  if (one.readings.waiting) state.push(figure("waiting", reading(one.readings.waiting)));
  const rows = Object.entries(one.readings).map(([name, value]) =>
    el("tr", {}, el("th", { scope: "row" }, words(name.replace(/_(ns|ppm)$/, ""))), cell(reading(value))));
  const key = `${one.component}:${one.name}`;
  return card(key, one, `${kindOf(one.component)}${one.backend ? `, ${one.backend}` : ""}`,
    one.cause ? el("p", { class: "reason" }, `${words(one.state)}: ${one.cause}`) : null,
    controlsOf(one), lastError(one.last_error),
    el("dl", { class: "figures" }, state, rates(one)),
    charts(one), refusalsTable(one.refusals, "by protection"), windowsTable(one),
    more("readings", "All readings", el("table", {}, el("tbody", {}, rows))),
    controlButton(`Control ${kindOf(one.component)} ${one.name}`, { component: one.component, name: one.name }));
}
