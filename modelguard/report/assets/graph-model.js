"use strict";
// What the page knows, and the questions it asks: who reads a node, its radius, what the filters leave.
const DATA = JSON.parse(document.getElementById("data").textContent);
const NODES = DATA.nodes, EDGES = DATA.edges;
const OUT = NODES.map(() => []), INTO = NODES.map(() => []);
EDGES.forEach((e, i) => { OUT[e.s].push(i); INTO[e.t].push(i); });
const BY_ID = new Map(NODES.map((n, i) => [n.id, i]));
const OUTLOOKS = new Map(DATA.outlooks.map((o) => [o.c + "|" + o.raw, o]));
const RANK = { certain: 2, likely: 1, possible: 0 };
const state = {
  node: null, q: "", kind: "", account: "", certainty: "", model: "", repository: "", shared: false, changed: false,
  view: matchMedia("(max-width: 40rem)").matches ? "table" : "graph", open: new Set(), to: "",
};

// Consumers that use (or hold) a node, itself or through what derives from it; each once, firm ways before fallbacks.
function readers(n, kind = "uses") {
  const found = new Map(), seen = new Set([n]), firm = [n], doubtful = [];
  const visit = (at, doubt) => {
    for (const i of INTO[at]) {
      const e = EDGES[i], d = doubt || !!e.x;
      if (e.mark === "gone") continue;
      if (e.k === "derives") { if (!seen.has(e.s)) { if (d) doubtful.push(e.s); else { seen.add(e.s); firm.push(e.s); } } }
      else if (e.k === kind) { const old = found.get(e.s); if (!old || (old.doubt && !d)) found.set(e.s, { c: e.s, edge: e, through: at, doubt: d }); }
    }
  };
  while (firm.length) visit(firm.shift(), false);
  while (doubtful.length) { const at = doubtful.shift(); if (!seen.has(at)) { seen.add(at); visit(at, true); } }
  return [...found.values()].sort((a, b) => NODES[a.c].n.localeCompare(NODES[b.c].n));
}
function deriving(n) {
  const found = [n];
  for (let k = 0; k < found.length; k++) for (const i of INTO[found[k]]) if (EDGES[i].k === "derives" && !found.includes(EDGES[i].s)) found.push(EDGES[i].s);
  return found;
}
// Everything that a change here touches, or that this consumer depends on: node and edge numbers.
function radius(members) {
  const nodes = new Set(members), edges = new Set();
  const walk = (start, table, end, kinds) => {
    const todo = [...start], seen = new Set(start);
    while (todo.length) for (const i of table[todo.pop()]) {
      const e = EDGES[i];
      if (!kinds.includes(e.k)) continue;
      edges.add(i); nodes.add(e[end]);
      if (!seen.has(e[end])) { seen.add(e[end]); todo.push(e[end]); }
    }
  };
  if (NODES[members[0]].k === "consumer") walk(members, OUT, "t", ["uses", "holds", "derives"]);
  else { walk(members, INTO, "s", ["uses", "holds", "derives"]); walk(members, OUT, "t", ["derives"]); }
  return { nodes, edges };
}
const isRoot = (n) => NODES[n].k !== "consumer" && !OUT[n].some((i) => EDGES[i].k === "derives" && !EDGES[i].x);
const certaintyWords = (e) => [e.k === "holds" ? "held, not read" : "", e.x ? "only as a fallback" : e.c].filter(Boolean).join(", ");

// -- what the filters leave -----------------------------------------------------------------------------------------
function edgePasses(e) {
  const read = NODES[e.t], reader = NODES[e.s];
  if (state.certainty && (e.x ? "possible" : e.c) !== state.certainty && e.k !== "derives") return false;
  if (state.account && e.k !== "derives" && reader.a !== state.account) return false;
  return nodePasses(read) && (e.k !== "derives" || nodePasses(reader));
}
function nodePasses(n) {
  if (n.k === "consumer") return (!state.account || n.a === state.account) && (!state.repository || n.repo === state.repository);
  if (state.kind && n.k !== state.kind) return false;
  if (state.model && !(n.m || []).includes(state.model)) return false;
  return !(state.shared && !n.s);
}
const text = (n) => [n.n, n.p, n.d, ...(n.m || []), ...(n.raw || []), n.a || "", n.repo || ""].join("\n").toLowerCase();
const TEXTS = NODES.map(text);
function matches() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return NODES.map((_, i) => i).filter((i) => words.every((w) => TEXTS[i].includes(w)));
}
function visible() {
  let nodes = new Set(), edges = new Set();
  EDGES.forEach((e, i) => { if (edgePasses(e) && nodePasses(NODES[e.s])) { edges.add(i); nodes.add(e.s); nodes.add(e.t); } });
  const narrow = state.account || state.certainty || state.repository;
  if (!narrow) NODES.forEach((n, i) => { if (n.k !== "consumer" && nodePasses(n)) nodes.add(i); });
  if (!narrow && !state.kind && !state.model && !state.shared) NODES.forEach((_, i) => nodes.add(i));
  if (narrow) {
    // Definitions on the way stay only where they lead to a reader that is left.
    const kept = new Set(), todo = [...edges].filter((i) => EDGES[i].k !== "derives").flatMap((i) => [EDGES[i].s, EDGES[i].t]);
    while (todo.length) { const n = todo.pop(); if (kept.has(n)) continue; kept.add(n); if (NODES[n].k !== "consumer") OUT[n].forEach((i) => { if (EDGES[i].k === "derives" && edges.has(i)) todo.push(EDGES[i].t); }); }
    nodes = kept;
  }
  let hits = null;
  if (state.changed) {
    const marked = NODES.map((n, i) => (n.mark ? i : -1)).filter((i) => i >= 0).concat(EDGES.flatMap((e) => (e.mark ? [e.s, e.t] : [])));
    const near = new Set(marked.flatMap((i) => [...radius([i]).nodes]));
    nodes = new Set([...nodes].filter((i) => near.has(i)));
  }
  if (state.q.trim()) {
    hits = new Set(matches().filter((i) => nodes.has(i)));
    const near = new Set([...hits].flatMap((i) => [...radius([i]).nodes]));
    nodes = new Set([...nodes].filter((i) => near.has(i)));
  }
  edges = new Set([...edges].filter((i) => nodes.has(EDGES[i].s) && nodes.has(EDGES[i].t)));
  return { nodes, edges, hits };
}

// -- folding ----------------------------------------------------------------------------------------------------------
function folded(shown) {
  const boxes = new Map(), home = new Map();
  const count = new Map();
  shown.nodes.forEach((i) => { const g = NODES[i].g; if (g !== undefined) count.set(g, (count.get(g) || 0) + 1); });
  [...shown.nodes].sort((a, b) => a - b).forEach((i) => {
    const g = NODES[i].g, key = g !== undefined && !state.open.has(g) && count.get(g) > 1 ? "g" + g : String(i);
    home.set(i, key);
    if (!boxes.has(key)) boxes.set(key, { key, members: [], k: NODES[i].k });
    boxes.get(key).members.push(i);
  });
  const lines = new Map();
  shown.edges.forEach((i) => {
    const e = EDGES[i], s = home.get(e.s), t = home.get(e.t), key = s + ">" + t + ">" + e.k, old = lines.get(key);
    if (s === t) return;
    if (!old) lines.set(key, { s, t, edges: [i], k: e.k, doubt: !!e.x || e.c !== "certain" || e.k === "holds", mark: e.mark || "", words: lineWords(e) });
    else { old.edges.push(i); if (old.mark !== (e.mark || "")) old.mark = ""; }
  });
  return { boxes, lines: [...lines.values()], hits: shown.hits };
}
function lineWords(e) {
  return [e.k === "holds" ? "holds" : "", e.x ? "only as a fallback" : e.c !== "certain" ? e.c : "", e.mark || ""].filter(Boolean).join(", ");
}

// -- money ------------------------------------------------------------------------------------------------------------
const dollars = (x) => "$" + x.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
function outlook(reader, root) {
  for (const at of [reader.through, root]) for (const raw of NODES[at].raw || []) { const o = OUTLOOKS.get(reader.c + "|" + raw); if (o) return o; }
  return null;
}
function todayOf(consumer) {
  const mine = DATA.outlooks.filter((o) => o.c === consumer && o.today);
  return mine.length ? mine.reduce((sum, o) => sum + o.today[0], 0) : null;
}
const TODAY = NODES.map((n, i) => (n.k === "consumer" ? todayOf(i) : null));
function copies(list) { return list.reduce((sum, r) => sum + NODES[r.c].i, 0); }
const plural = (n, one, many) => n.toLocaleString("en-US") + " " + (n === 1 ? one : many || one + "s");
function sharedWords(n, list) {
  if (!list.length) return "read by nobody that is known";
  const total = copies(list);
  if (list.length > 1) return "shared by " + list.length + " (" + plural(total, "instance") + ")";
  return total > 1 ? "read by " + plural(total, "instance") : "read by 1 consumer";
}
