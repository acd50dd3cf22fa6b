// The picture: only what is in view is in the document; from afar, boxes without words in one path for each kind.
const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
function h(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false));
  return made;
}
function s(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) made.setAttribute(key, value);
  made.append(...children.flat(9).filter((c) => c !== null && c !== undefined));
  return made;
}
const canvas = $("canvas"), view = $("view"), edgeLayer = $("edges"), farLayer = $("far"), nodeLayer = $("nodes");
let drawn = { boxes: new Map(), lines: [], width: 1, height: 1 };
let lit = null, focusKey = null, transform = vendor.zoomIdentity, signature = "";
const MANY = 350, MARGIN = 60;
let fitted = true; // nobody has moved the picture, so it may follow its frame

const zoomer = vendor.zoom().scaleExtent([0.02, 3]).clickDistance(6).on("zoom", (event) => {
  transform = event.transform;
  if (event.sourceEvent) { fitted = false; moved(); }
  view.setAttribute("transform", `translate(${transform.x},${transform.y}) scale(${transform.k})`);
  later();
});
// Where the picture was moved to is a part of the view, and goes into the address once it rests.
let resting = 0;
function moved() { clearTimeout(resting); resting = setTimeout(remember, 300); }
function place() { const [w, hgt] = size(), [x, y] = transform.invert([w / 2, hgt / 2]); return [x, y, transform.k * 1000].map(Math.round).join(","); }
function goTo(words) {
  const at = (words || "").split(",").map(Number), [w, hgt] = size();
  if (at.length !== 3 || !at.every(Number.isFinite) || at[2] <= 0) return;
  const k = Math.min(Math.max(at[2] / 1000, 0.02), 3);
  vendor.select(canvas).call(zoomer.transform, vendor.zoomIdentity.translate(w / 2 - at[0] * k, hgt / 2 - at[1] * k).scale(k));
  fitted = false;
}
let waiting = false;
function later() { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; cull(); }); } }

function draw(keepView) {
  const shown = visible();
  drawn = folded(shown);
  drawn.boxes.forEach(dress);
  layout(drawn);
  nodeLayer.replaceChildren();
  if (focusKey === null || !drawn.boxes.has(focusKey)) focusKey = drawn.boxes.size ? order()[0].key : null;
  const now = [...drawn.boxes.keys()].join(",");
  if (now !== signature && !keepView) fit();
  signature = now;
  relight();
  return shown;
}
function order() { return [...drawn.boxes.values()].sort((a, b) => a.x - b.x || a.y - b.y); }
function size() { const r = canvas.getBoundingClientRect(); return [Math.max(r.width, 1), Math.max(r.height, 1)]; }
function fit(whole) {
  const [w, hgt] = size(), pad = 24, k = Math.min((w - 2 * pad) / drawn.width, (hgt - 2 * pad) / drawn.height, 1.15);
  // Words that nobody can read help nobody: a large picture starts at its top, and can be zoomed out.
  const least = innerWidth < 640 ? 0.7 : Math.min(0.55, (w - 2 * pad) / drawn.width), scale = whole === true ? Math.max(k, 0.02) : Math.max(k, least, 0.02);
  const x = drawn.width * scale <= w ? (w - drawn.width * scale) / 2 : pad;
  fitted = true;
  const y = drawn.height * scale <= hgt ? (hgt - drawn.height * scale) / 2 : pad;
  vendor.select(canvas).call(zoomer.transform, vendor.zoomIdentity.translate(x, y).scale(scale));
}
function inView() {
  const [w, hgt] = size(), k = transform.k;
  return [(-transform.x - MARGIN) / k, (-transform.y - MARGIN) / k, (w - transform.x + MARGIN) / k, (hgt - transform.y + MARGIN) / k];
}
function cull() {
  const [x1, y1, x2, y2] = inView(), near = [];
  drawn.boxes.forEach((b) => { if (b.x < x2 && b.x + b.w > x1 && b.y < y2 && b.y + b.h > y1) near.push(b); });
  const far = near.length > MANY;
  const kept = new Set((far ? near.filter((b) => b.key === focusKey || (lit && lit.size < 120 && lit.boxes.has(b.key))) : near).map((b) => b.key));
  if (focusKey !== null) kept.add(focusKey);
  for (const element of [...nodeLayer.children]) if (!kept.has(element.dataset.key)) element.remove();
  const there = new Set([...nodeLayer.children].map((e) => e.dataset.key));
  drawn.boxes.forEach((b) => { if (kept.has(b.key) && !there.has(b.key)) nodeLayer.append(element(b)); });
  farLayer.replaceChildren();
  if (far) for (const kind of ["field", "token", "consumer"]) {
    const d = near.filter((b) => b.k === kind).map((b) => `M${b.x} ${b.y}h${b.w}v${b.h}h${-b.w}z`).join("");
    if (d) farLayer.append(s("path", { class: "far " + kind, d }));
  }
  drawEdges(x1, y1, x2, y2, far);
}
function drawEdges(x1, y1, x2, y2, far) {
  const paths = new Map(), words = [];
  for (const l of drawn.lines) {
    const a = drawn.boxes.get(l.t), b = drawn.boxes.get(l.s);
    if (Math.max(a.x + a.w, b.x + b.w) < x1 || Math.min(a.x, b.x) > x2 || Math.max(a.y, b.y) + 60 < y1 || Math.min(a.y, b.y) > y2) continue;
    const on = lit && l.edges.some((i) => lit.edges.has(i)), key = [l.doubt ? "doubt" : "", l.mark, on ? "on" : ""].filter(Boolean).join(" ");
    const d = far ? `M${a.x + a.w} ${a.y + 30}L${b.x} ${b.y + 30}` : curve(a, b, l.points);
    paths.set(key, (paths.get(key) || "") + d);
    if (l.words && !far && words.length < 200) words.push(s("text", { class: "word" + (on ? " on" : ""), x: (a.x + a.w + b.x) / 2, y: (a.y + b.y) / 2 + 24, "text-anchor": "middle", "aria-hidden": "true" }, l.words));
  }
  const made = [...paths].sort(([a], [b]) => a.includes("on") - b.includes("on")).map(([key, d]) => s("path", { class: "edge " + key, d }));
  edgeLayer.replaceChildren(...made, ...words);
}
function curve(a, b, points) {
  const all = [[a.x + a.w, a.y + a.h / 2], ...(points || []).filter((p) => p[0] > a.x + a.w + 10 && p[0] < b.x - 10), [b.x, b.y + b.h / 2]];
  let d = `M${all[0][0]} ${all[0][1]}`;
  for (let k = 1; k < all.length; k++) { const [px, py] = all[k - 1], [qx, qy] = all[k], m = (px + qx) / 2; d += `C${m} ${py} ${m} ${qy} ${qx} ${qy}`; }
  return d;
}
function shape(b) {
  if (b.k === "consumer") return s("rect", { class: "shape", width: b.w, height: b.h, rx: b.h / 2 });
  if (b.k === "token") return s("path", { class: "shape", d: `M14 0H${b.w - 14}L${b.w} ${b.h / 2}L${b.w - 14} ${b.h}H14L0 ${b.h / 2}Z` });
  return s("rect", { class: "shape", width: b.w, height: b.h, rx: 4 });
}
function element(b) {
  const cls = ["node", b.k, b.shared ? "shared" : "", b.mark, b.group ? "group" : "", lit && lit.boxes.has(b.key) ? "on" : "", drawn.hits && b.members.some((i) => drawn.hits.has(i)) ? "hit" : "", chosen(b) ? "chosen" : ""].filter(Boolean).join(" ");
  const room = b.w - 30, cost = b.k === "consumer" && lit && lit.root !== null && lit.boxes.has(b.key) ? costWords(b.members, lit.root) : b.third;
  const lines = [cut(b.group ? "+ " + b.name : b.name, room, NAME_FONT), cut(b.detail, room, SMALL_FONT), cut(cost, room, SMALL_FONT)];
  return s("g", { class: cls, transform: `translate(${b.x},${b.y})`, role: "button", tabindex: b.key === focusKey ? 0 : -1, "data-key": b.key, "aria-label": label(b, lines), "aria-expanded": b.group ? "false" : null, "aria-pressed": b.group ? null : String(chosen(b)) },
    b.group ? s("rect", { class: "shape2", x: 5, y: -5, width: b.w, height: b.h, rx: b.k === "consumer" ? b.h / 2 : 4 }) : null,
    shape(b), lines.map((line, k) => [" ", s("text", { class: k === 0 ? "name" : k === 2 && b.k === "consumer" ? "cost" : "small", x: 16, y: 20 + 16 * k }, line)]));
}
// What is heard starts with what is seen, then says what shape and border say.
function label(b, lines) {
  const who = b.k === "consumer" || b.group ? "" : ", " + sharedWords(NODES[b.members[0]], readersOf(b.members[0]));
  const whole = lines[0].endsWith("…") ? ", " + b.name : "";
  return `${lines.filter(Boolean).join(" ")}, ${b.group ? "group" : b.k}${whole}${who}${b.group ? ", opens" : ""}`;
}
const chosen = (b) => state.node !== null && b.members.includes(state.node);

// -- the radius of what is pointed at, focused or chosen ---------------------------------------------------------------
function light(key) {
  const b = key === null ? null : drawn.boxes.get(key);
  if (!b) lit = null;
  else {
    const r = radius(b.members), boxes = new Set();
    drawn.boxes.forEach((box) => { if (box.members.some((i) => r.nodes.has(i))) boxes.add(box.key); });
    lit = { key, boxes, edges: r.edges, size: boxes.size, root: b.k === "consumer" ? null : b.members[0], members: b.members };
  }
  canvas.classList.toggle("lit", !!lit);
  // What has the keyboard's focus must stay where it is: an element that is put in anew has lost it.
  for (const e of [...nodeLayer.children]) if (drawn.boxes.has(e.dataset.key) && e !== document.activeElement) e.replaceWith(element(drawn.boxes.get(e.dataset.key)));
  for (const e of nodeLayer.children) e.classList.toggle("on", !!lit && lit.boxes.has(e.dataset.key));
  cull();
  say();
}
function relight() { const key = state.node === null ? null : [...drawn.boxes.values()].find(chosen)?.key ?? null; light(key); }
function say() {
  const status = $("status");
  if (!lit) { status.textContent = counts(); return; }
  const first = NODES[lit.members[0]];
  if (lit.root === null) {
    const reads = new Set([...lit.edges].filter((i) => EDGES[i].k !== "derives").map((i) => EDGES[i].t));
    status.textContent = `${drawn.boxes.get(lit.key).name}: reads or holds ${plural(reads.size, "field or token", "fields and tokens")}` + (DATA.outlooks.length ? "; " + costWords(lit.members) : "");
    return;
  }
  const list = readersOf(lit.root), costs = list.map((r) => `${NODES[r.c].n} ${first.k === "token" ? "" : costWords([r.c], lit.root)}`.trim());
  status.textContent = `${drawn.boxes.get(lit.key).name}: ${sharedWords(first, list)}` + (list.length ? ": " + costs.slice(0, 8).join("; ") + (costs.length > 8 ? `; and ${costs.length - 8} more` : "") : "");
}
function counts() {
  const boxes = [...drawn.boxes.values()], kinds = { field: 0, token: 0, consumer: 0 };
  boxes.forEach((b) => { kinds[b.k] += b.members.length; });
  const hits = drawn.hits ? `${plural(drawn.hits.size, "match", "matches")}: ` : "";
  return `${hits}${plural(kinds.field, "field")}, ${plural(kinds.token, "token")}, ${plural(kinds.consumer, "consumer")} shown`;
}
function show(key) {
  const b = drawn.boxes.get(key), [w, hgt] = size();
  if (!b) return;
  const x = transform.applyX(b.x), y = transform.applyY(b.y), right = x + b.w * transform.k, low = y + b.h * transform.k;
  if (x < 0 || y < 0 || right > w || low > hgt || transform.k < 0.3) {
    const k = Math.max(transform.k, 0.6);
    vendor.select(canvas).call(zoomer.transform, vendor.zoomIdentity.translate(w / 2 - (b.x + b.w / 2) * k, hgt / 2 - (b.y + b.h / 2) * k).scale(k));
    cull();
  }
}
function focusOn(key) {
  focusKey = key;
  show(key);
  cull();
  for (const e of nodeLayer.children) e.setAttribute("tabindex", e.dataset.key === key ? 0 : -1);
  nodeLayer.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true });
}
// Left: what this takes its value from; right: what reads it; up and down: the nearest in the same direction.
function step(key, direction) {
  const b = drawn.boxes.get(key), mid = (x) => x.y + x.h / 2;
  if (!b) return null;
  if (direction === "ArrowLeft" || direction === "ArrowRight") {
    const ends = drawn.lines.filter((l) => (direction === "ArrowLeft" ? l.s : l.t) === key).map((l) => drawn.boxes.get(direction === "ArrowLeft" ? l.t : l.s));
    return ends.sort((p, q) => Math.abs(mid(p) - mid(b)) - Math.abs(mid(q) - mid(b)))[0]?.key ?? null;
  }
  const sign = direction === "ArrowDown" ? 1 : -1;
  const same = [...drawn.boxes.values()].filter((o) => o !== b && sign * (mid(o) - mid(b)) > 0);
  const score = (o) => sign * (mid(o) - mid(b)) + 2 * Math.abs(o.x - b.x);
  return same.sort((p, q) => score(p) - score(q))[0]?.key ?? null;
}
