// Which settings are in effect, where each value comes from, and the versions before.

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function changes(difference) {
  return difference.map((one) => {
    const settings = one.settings.map(({ name, old, new: now }) =>
      el("li", {}, `${name}: ${old === null ? "not set" : shown(old)} → ${now === null ? "not set" : shown(now)}`));
    return el("li", {}, `${kindOf(one.component)} ${one.name}: ${one.change}${one.reason ? `, ${one.reason}` : ""}`,
      settings.length ? el("ul", {}, settings) : null);
  });
}

function versionItem(version, current) {
  const own = version.number === current;
  return el("li", { "data-key": `version-${version.number}` },
    `${version.summary}, ${ago(version.seconds_ago)}${own ? " (in effect)" : ""} `,
    version.difference.length
      ? el("details", { "data-key": "changes" }, el("summary", {}, "What changed"), el("ul", {}, changes(version.difference))) : null,
    own ? null : controlButton(`Roll back to version ${version.number}`, { version: version.number }));
}

function plannedTable(one) {
  const rows = one.settings.map((setting) => el("tr", {}, el("th", { scope: "row" }, setting.name),
    el("td", {}, shown(setting.value)), el("td", {}, setting.source)));
  return el("details", { "data-key": `plan-${one.component}:${one.name}` },
    el("summary", {}, `${kindOf(one.component)} ${one.name}${one.source ? `, ${one.source}` : ""}`),
    el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, ["setting", "value", "from"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows))));
}

/** Shows the settings; `settings` may be missing while they are fetched. */
function showSettings(config, settings) {
  const stale = config.is_stale
    ? el("div", { class: "problems", "data-key": "problems" },
      el("p", {}, badge("warning", "! stale"), ` Newer settings were refused ${ago(config.refused_seconds_ago)}; version ${config.version} goes on:`),
      el("ul", {}, config.problems.map((problem) => el("li", {}, problem)))) : null;
  const parts = [el("p", { "data-key": "version" }, `Version ${config.version} is in effect. `,
    controlButton("Reload the settings", { reload: true })), stale];
  if (settings) {
    parts.push(el("details", { "data-key": "versions" }, el("summary", {}, `Versions (${settings.versions.length})`),
      el("ul", { class: "versions" }, settings.versions.map((version) => versionItem(version, config.version)))));
    parts.push(...settings.plan.components.map(plannedTable),
      ...settings.plan.protections.map((one) => plannedTable({ ...one, component: "protection" })));
  }
  show(byId("settings"), parts.filter(Boolean));
}
