// Numbers, times and words for people.

const LEVELS = ["refusing", "failing", "warning", "ok", "idle"];
const LEVEL_WORDS = { refusing: "✕ refusing", failing: "▲ failing", warning: "! warning", ok: "✓ ok", idle: "– idle" };
const symbol = (level) => LEVEL_WORDS[level].split(" ")[0];
const OUTCOMES = ["success", "failure", "timed_out", "refused", "other"];
const OUTCOME_WORDS = { success: "succeeded", failure: "failed", timed_out: "timed out", refused: "refused", other: "other" };
const KINDS = {
  circuit_breaker: "circuit breaker", rate_limiter: "rate limit", bulkhead: "bulkhead", connection_pool: "pool",
  protection: "protection", budget: "budget", coalescer: "coalescer", store: "store", infrastructure: "infrastructure",
};

const words = (name) => String(name).replaceAll("_", " ");
const kindOf = (component) => KINDS[component] || words(component);

function number(value) {
  if (value >= 10 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toPrecision(2);
}

/** A time with its unit: 12 ms, 3.4 s, 5 min, 2 h. */
function time(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 120 && Number.isInteger(seconds)) return `${seconds} s`;
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${Math.round(seconds * 1e3)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

const ago = (seconds) => (seconds < 1 ? "just now" : `${time(Math.floor(seconds))} ago`);

/** A reading with its unit. */
function reading({ value, unit }) {
  if (unit === "ns") return time(value / 1e9);
  if (unit === "[ppm]") return `${(value / 1e4).toFixed(1)} %`;
  return number(value);
}

const badge = (level, text) => el("span", { class: `badge ${level}` }, text || LEVEL_WORDS[level] || words(level));
