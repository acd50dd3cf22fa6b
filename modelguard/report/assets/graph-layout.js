// Where everything stands: each connected part by dagre, in layers from what a person would edit to what reads it.
const LARGE = 260;
const ruler = document.createElement("canvas").getContext("2d");
function widthOf(words, font) { ruler.font = font; return ruler.measureText(words).width; }
const NAME_FONT = '13px system-ui, "Noto Sans", "DejaVu Sans", sans-serif', SMALL_FONT = '11.5px system-ui, "Noto Sans", "DejaVu Sans", sans-serif';
function cut(words, room, font) {
  if (widthOf(words, font) <= room) return words;
  let low = 1, high = words.length;
  while (low < high) { const mid = (low + high + 1) >> 1; if (widthOf(words.slice(0, mid) + "…", font) <= room) low = mid; else high = mid - 1; }
  return words.slice(0, low) + "…";
}
function short(name) { return name.length > 40 && name.includes(".") ? "…" + name.slice(name.lastIndexOf(".") + 1) : name; }
function dress(box) {
  const group = box.members.length > 1, first = NODES[box.members[0]];
  box.group = group;
  box.shared = box.members.some((i) => NODES[i].s);
  box.mark = box.members.every((i) => NODES[i].mark === first.mark) ? first.mark || "" : "changed";
  if (group) {
    const whole = DATA.groups[first.g], all = whole.m.length === box.members.length;
    box.name = all ? whole.n : box.members.length + " of " + whole.n;
    box.detail = first.k === "consumer" ? box.members.slice(0, 3).map((i) => NODES[i].n + " ×" + NODES[i].i).join(", ") + (box.members.length > 3 ? " and " + (box.members.length - 3) + " more" : "") : "one each for " + plural(box.members.length, "reader");
  } else {
    box.name = short(first.n);
    box.detail = first.k === "consumer" ? first.d + (first.repo ? " · " + first.repo : "") : first.k === "field" ? "= " + (first.was || first.d) : "token, " + first.d;
  }
  if (box.mark) box.name += " (" + box.mark + ")";
  box.third = first.k === "consumer" ? costWords(box.members) : group ? NODES[box.members[0]].p : first.p + ":" + first.l;
  const want = Math.max(widthOf(box.name, NAME_FONT) + (group ? 18 : 0), widthOf(box.detail, SMALL_FONT), widthOf(box.third, SMALL_FONT)) + 32;
  box.w = Math.round(Math.min(Math.max(want, 110), 330));
  box.h = 60;
}
function costWords(members, root) {
  let known = 0, unknown = 0, any = false;
  for (const c of members) {
    const cost = root === undefined ? TODAY[c] : costFor(c, root);
    if (cost === null) unknown++; else { known += cost; any = true; }
  }
  if (!DATA.outlooks.length) return "";
  if (!any) return "cost unknown";
  return dollars(known) + " a day" + (unknown ? " + " + unknown + " unknown" : "");
}
function costFor(consumer, root) {
  const reader = readersOf(root).find((r) => r.c === consumer), o = reader && outlook(reader, root);
  return o && o.today ? o.today[0] : null;
}
const READERS = new Map();
function readersOf(n) { if (!READERS.has(n)) READERS.set(n, readers(n)); return READERS.get(n); }

const PLACED = new Map();
function layout(drawn) {
  const parts = components(drawn);
  let y = 0, width = 0;
  const alone = [];
  for (const part of parts) {
    if (part.boxes.length === 1) { alone.push(part.boxes[0]); continue; }
    const key = part.boxes.map((b) => b.key + ":" + b.w).join(",") + "|" + part.lines.length;
    if (!PLACED.has(key)) PLACED.set(key, part.boxes.length > LARGE ? columns(part) : withDagre(part));
    const placed = PLACED.get(key);
    part.boxes.forEach((b) => { const at = placed.at.get(b.key); b.x = at[0]; b.y = at[1] + y; });
    part.lines.forEach((l) => { const points = placed.points && placed.points.get(l.s + ">" + l.t + ">" + l.k); l.points = points ? points.map((p) => [p[0], p[1] + y]) : null; });
    y += placed.height + 46; width = Math.max(width, placed.width);
  }
  const across = Math.max(1, Math.floor(Math.max(width, 1000) / 350));
  alone.forEach((b, k) => { b.x = (k % across) * 350; b.y = y + Math.floor(k / across) * 76; width = Math.max(width, b.x + b.w); });
  if (alone.length) y += Math.ceil(alone.length / across) * 76;
  drawn.width = Math.max(width, 1); drawn.height = Math.max(y - (alone.length ? 16 : 46), 1);
}
function components(drawn) {
  const top = new Map([...drawn.boxes.keys()].map((k) => [k, k]));
  const find = (k) => { while (top.get(k) !== k) { top.set(k, top.get(top.get(k))); k = top.get(k); } return k; };
  drawn.lines.forEach((l) => top.set(find(l.s), find(l.t)));
  const parts = new Map();
  drawn.boxes.forEach((b) => { const k = find(b.key); if (!parts.has(k)) parts.set(k, { boxes: [], lines: [] }); parts.get(k).boxes.push(b); });
  drawn.lines.forEach((l) => parts.get(find(l.s)).lines.push(l));
  const weight = (p) => (p.boxes.some((b) => b.mark) ? 1e9 : 0) + (p.boxes.some((b) => b.k === "field") ? 1e6 : 0) + p.boxes.length;
  return [...parts.values()].sort((a, b) => weight(b) - weight(a));
}
function depths(part) {
  const reads = new Map(part.boxes.map((b) => [b.key, []])), depth = new Map();
  part.lines.forEach((l) => reads.get(l.s).push(l.t));
  const deep = (k, above) => {
    if (above.has(k)) return 0;
    if (!depth.has(k)) { above.add(k); depth.set(k, reads.get(k).reduce((m, t) => Math.max(m, deep(t, above) + 1), 0)); above.delete(k); }
    return depth.get(k);
  };
  part.boxes.forEach((b) => deep(b.key, new Set()));
  const last = Math.max(0, ...part.boxes.filter((b) => b.k !== "consumer").map((b) => depth.get(b.key))) + 1;
  part.boxes.forEach((b) => { if (b.k === "consumer") depth.set(b.key, last); });
  return depth;
}
function withDagre(part) {
  const depth = depths(part), g = new vendor.dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 80, marginx: 8, marginy: 8 });
  g.setDefaultEdgeLabel(() => ({}));
  part.boxes.forEach((b) => g.setNode(b.key, { width: b.w, height: b.h }));
  part.lines.forEach((l) => g.setEdge(l.t, l.s, { minlen: Math.max(1, depth.get(l.s) - depth.get(l.t)) }, l.k));
  vendor.dagre.layout(g);
  // One left edge for each column: what is alike should line up.
  const lefts = new Map(), at = new Map(), points = new Map();
  part.boxes.forEach((b) => { const n = g.node(b.key), d = depth.get(b.key); lefts.set(d, Math.min(lefts.has(d) ? lefts.get(d) : Infinity, n.x - b.w / 2)); });
  part.boxes.forEach((b) => { const n = g.node(b.key); at.set(b.key, [lefts.get(depth.get(b.key)), n.y - b.h / 2]); });
  g.edges().forEach((e) => points.set(e.w + ">" + e.v + ">" + e.name, g.edge(e).points.slice(1, -1).map((p) => [p.x, p.y])));
  const width = Math.max(...part.boxes.map((b) => at.get(b.key)[0] + b.w));
  return { at, points, width, height: g.graph().height };
}
// For parts that are too large for dagre: the same layers, ordered by the mean of their neighbours.
function columns(part) {
  const depth = depths(part), near = new Map(part.boxes.map((b) => [b.key, []])), cols = [];
  part.lines.forEach((l) => { near.get(l.s).push(l.t); near.get(l.t).push(l.s); });
  part.boxes.forEach((b) => { const d = depth.get(b.key); (cols[d] = cols[d] || []).push(b); });
  const row = new Map();
  cols.forEach((col) => col.forEach((b, k) => row.set(b.key, k)));
  for (let sweep = 0; sweep < 4; sweep++) for (const col of sweep % 2 ? [...cols].reverse() : cols) {
    if (!col) continue;
    const mean = new Map(col.map((b) => [b.key, near.get(b.key).reduce((s, k) => s + row.get(k), 0) / (near.get(b.key).length || 1)]));
    col.sort((a, b) => mean.get(a.key) - mean.get(b.key) || (a.key < b.key ? -1 : 1));
    col.forEach((b, k) => row.set(b.key, k));
  }
  const at = new Map(), tallest = Math.max(...cols.filter(Boolean).map((c) => c.length)) * 72;
  let x = 0;
  cols.forEach((col) => {
    if (!col) return;
    const step = Math.min(tallest / col.length, 400);
    col.forEach((b, k) => at.set(b.key, [x, (tallest - step * col.length) / 2 + k * step]));
    x += Math.max(...col.map((b) => b.w)) + 160;
  });
  return { at, width: x - 160, height: tallest };
}
