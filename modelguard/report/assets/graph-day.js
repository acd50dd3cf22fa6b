// The picture of the day: cost by the hour, one series a consumer, with the switch and what the ledger allows.
const CHART = { w: 960, h: 300, left: 64, right: 26, top: 34, bottom: 34 };
const PATTERNS = ["", "M0 8L8 0", "M0 4H8", "M4 0V8", "M0 0L8 8", "M0 8L8 0M0 0L8 8", "M2 2h1M6 6h1", "M0 4H8M4 0V8"];
const sum = (list) => list.reduce((a, b) => a + b, 0);
function consumerNamed(name) { return NODES.findIndex((n) => n.k === "consumer" && n.n === name); }
function dayData() {
  const day = DATA.day, root = state.node !== null && NODES[state.node].k === "field" ? state.node : null;
  const projected = !day.switched && root !== null && state.to && DATA.models.includes(state.to);
  const list = projected ? readersOf(root) : [], series = [], unknown = [];
  for (const one of day.series) {
    const r = list.find((x) => NODES[x.c].n === one.n), picked = r ? choiceOf(r, root) : null, c = consumerNamed(one.n);
    const mine = DATA.outlooks.filter((o) => o.c === c), k = mine.length ? DATA.models.indexOf(one.m) : -1;
    let after = day.switched ? one.a : projected ? one.b : null;
    let allowedAfter = null;
    if (picked) {
      const cold = one.cold, first = picked.on[1];
      if (first && cold) after = cold.map((x) => x * first[0]); else { after = null; unknown.push(one.n); }
      allowedAfter = picked.on[3];
    }
    const allowed = k >= 0 ? mine[0].on[k][3] : null;
    const ka = DATA.models.indexOf(one.ma);
    series.push({ n: one.n, before: one.b, after, allowed, allowedAfter: allowedAfter ?? (day.switched && mine.length && ka >= 0 ? mine[0].on[ka][3] : allowed), moved: !!picked });
  }
  for (const r of list) if (!day.series.some((x) => x.n === NODES[r.c].n)) unknown.push(NODES[r.c].n);
  return { series, two: day.switched || !!projected, unknown, name: projected ? `switch to ${state.to}` : "switch", projected };
}
function daySection() {
  const section = $("day");
  section.hidden = !DATA.day;
  if (!DATA.day) return;
  const { series, two, unknown, name, projected } = dayData(), hours = two ? 48 : 24;
  const of = (x, k) => (k < 24 ? x.before[k] : x.after ? x.after[k - 24] : 0);
  const totals = [...Array(hours).keys()].map((k) => sum(series.map((x) => of(x, k))));
  const allowed = (key) => (series.every((x) => x[key] === null) ? null : sum(series.map((x) => x[key] || 0)));
  const even = [allowed("allowed"), two ? allowed("allowedAfter") : null].map((x) => (x === null ? null : x / 24));
  const top = Math.max(...totals, ...even.map((x) => x || 0), 0.01) * 1.08;
  const { w, h: high, left, right, top: up, bottom } = CHART, x = (k) => left + ((w - left - right) * k) / hours, y = (v) => high - bottom - ((high - bottom - up) * v) / top;
  const step = nice(top / 4), marks = [];
  for (let v = 0; v <= top; v += step) marks.push(s("line", { class: "axis", x1: left, x2: w - right, y1: y(v), y2: y(v) }), s("text", { class: "small", x: left - 6, y: y(v) + 4, "text-anchor": "end" }, dollars(v)));
  for (let k = 0; k <= hours; k += 6) marks.push(s("text", { class: "small", x: x(k), y: high - bottom + 16, "text-anchor": "middle" }, `${String(k % 24).padStart(2, "0")}:00`));
  const bars = [];
  for (let k = 0; k < hours; k++) { let base = 0; series.forEach((one, j) => { const v = of(one, k); if (v > 0) bars.push(s("rect", { class: `bar s${j % 8}`, fill: `url(#p${j % 8})`, x: x(k) + 0.5, width: x(k + 1) - x(k) - 1, y: y(base + v), height: Math.max(y(base) - y(base + v), 0.4) })); base += v; }); }
  const lines = [];
  even.forEach((v, half) => { if (v !== null && (half === 0 || two)) { lines.push(s("line", { class: "limit", x1: x(24 * half), x2: x(24 * half + 24), y1: y(v), y2: y(v) }), s("text", { class: "small limit-words", x: x(24 * half) + 6, y: Math.max(y(v) - 6, up + 8) }, `ledger: ${dollars(v * 24)} a day, ${dollars(v)} an hour if even`)); } });
  if (two) lines.push(s("line", { class: "switch", x1: x(24), x2: x(24), y1: up - 8, y2: high - bottom }), s("text", { x: Math.min(x(24) + 5, w - 200), y: up - 14 }, name));
  const labels = [s("text", { class: "small", x: x(0), y: high - 4 }, DATA.day.day), two ? s("text", { class: "small", x: x(24), y: high - 4 }, projected ? "the day after, every cache cold" : DATA.day.next) : null];
  const sums = [sum(totals.slice(0, 24)), two ? sum(totals.slice(24)) : 0];
  const told = `${DATA.day.day}: ${dollars(sums[0])}` + (two ? `; the day after the switch: ${dollars(sums[1])}${unknown.length ? " and what is unknown" : ""}` : "");
  $("day-head").textContent = two ? "The day before and after the switch, by the hour" : "The last recorded day, by the hour";
  $("day-body").replaceChildren(h("p", {}, told, two ? "" : ". Choose a field and another model above to see the day after the switch."),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Chart" }, s("svg", { class: "chart", viewBox: `0 0 ${w} ${high}`, role: "img", "aria-label": told }, s("title", {}, told), s("defs", {}, PATTERNS.map((d, j) => s("pattern", { id: "p" + j, class: "s" + j, width: 8, height: 8, patternUnits: "userSpaceOnUse" }, s("rect", { width: 8, height: 8 }), d ? s("path", { d }) : null))), marks, bars, lines, labels)),
    h("ul", { class: "series" }, series.map((one, j) => h("li", {}, s("svg", { class: "swatch", viewBox: "0 0 22 14", "aria-hidden": "true" }, s("rect", { class: "s" + (j % 8), fill: `url(#p${j % 8})`, width: 22, height: 14 })), ` ${one.n}: ${dollars(sum(one.before))}${two ? " → " + (one.after ? dollars(sum(one.after)) : "unknown") : ""}`))),
    h("ul", {}, exhausted(series, two)), unknown.length ? h("p", { class: "bad" }, `Not drawn, as their cost is unknown: ${unknown.join(", ")}`) : "", hoursTable(series, hours, of));
}
function nice(raw) { const p = 10 ** Math.floor(Math.log10(raw)); return [1, 2, 5, 10].map((m) => m * p).find((v) => v >= raw); }
function exhausted(series, two) {
  const lines = [];
  for (const one of series) for (const [half, values, limit] of [[0, one.before, one.allowed], [1, one.after, one.allowedAfter]]) {
    if (!values || limit === null || (half && !two)) continue;
    let spent = 0; const at = values.findIndex((v) => (spent += v) > limit + 1e-9);
    const hour = `${String(at + 1).padStart(2, "0")}:00`;
    if (at >= 0) lines.push(h("li", { class: "bad" }, limit === 0 ? `${one.n}: the ledger allows it nothing${half ? " on the day after" : ""}; its first calls are billed before ${hour}` : `${one.n}: what the ledger allows (${dollars(limit)} a day) is used up ${half ? "on the day after " : ""}by ${hour}`));
  }
  return lines;
}
function hoursTable(series, hours, of) {
  return h("details", {}, h("summary", {}, "The same as a table"), h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Hour (UTC)"), series.map((x) => h("th", { scope: "col", class: "n" }, x.n)))), h("tbody", {}, [...Array(hours).keys()].map((k) => h("tr", {}, h("td", {}, `${k < 24 ? "" : "after, "}${String(k % 24).padStart(2, "0")}:00`), series.map((x) => h("td", { class: "n" }, k >= 24 && !x.after ? "unknown" : dollars(of(x, k))))))))));
}
