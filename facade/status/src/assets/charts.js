// Two small charts of each card: how calls ended in the last minute, and the level in the last hour. Both say
// in words what they show.

const bars = (values) => values.map(([x, y, height]) => `M${x} ${y}h.8v${height}h-.8z`).join("");

function chart(caption, description, paths) {
  const image = { viewBox: "0 0 60 20", preserveAspectRatio: "none", role: "img", "aria-label": description };
  return el("figure", {}, el("svg", image, paths), el("figcaption", {}, caption));
}

/** Calls of each second, stacked by how they ended. */
function callsChart(seconds) {
  const count = seconds.level.length;
  const sums = seconds.level.map((_, at) => OUTCOMES.reduce((sum, outcome) => sum + seconds[outcome][at], 0));
  const max = Math.max(1, ...sums);
  const bottoms = sums.map(() => 20);
  const paths = OUTCOMES.map((outcome) => {
    const values = [];
    seconds[outcome].forEach((calls, at) => {
      const height = (calls / max) * 19;
      bottoms[at] -= height;
      if (calls) values.push([60 - count + at, bottoms[at].toFixed(2), height.toFixed(2)]);
    });
    return el("path", { class: outcome, d: bars(values) });
  });
  const totals = OUTCOMES.map((outcome) => [outcome, seconds[outcome].reduce((sum, calls) => sum + calls, 0)]);
  const said = totals.filter(([, calls]) => calls).map(([outcome, calls]) => `${number(calls)} ${OUTCOME_WORDS[outcome]}`);
  const peak = `last minute, peak ${number(Math.max(...sums, 0))}/s`;
  return chart(peak, `Calls in the last minute: ${said.join(", ") || "none"}`, paths);
}

const HEIGHTS = { idle: 2, ok: 6, warning: 10, failing: 15, refusing: 20 };

/** The worst level of each minute, higher if it is worse. */
function levelChart(minutes) {
  const count = minutes.level.length;
  const at = (level) => minutes.level.flatMap((worst, x) => {
    const height = HEIGHTS[level];
    return worst === level ? [[60 - count + x, 20 - height, height]] : [];
  });
  const paths = LEVELS.map((level) => el("path", { class: `level-${level}`, d: bars(at(level)) }));
  const said = LEVELS.map((level) => [level, minutes.level.filter((worst) => worst === level).length]);
  const text = said.filter(([, times]) => times).map(([level, times]) => `${times} min ${level}`).join(", ");
  return chart("last hour, worst level", `The last hour: ${text || "not known"}`, paths);
}
