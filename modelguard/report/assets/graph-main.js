// What the reader does: controls, keys, and the address, which keeps the view so that a colleague opens the same.
const FIELDS = ["kind", "account", "certainty", "model", "repository"], CHECKS = ["shared", "changed"];
function refresh(keepView) {
  const shown = draw(keepView);
  details();
  if (state.view === "table" || matchMedia("print").matches) table(shown);
  $("picture").hidden = state.view === "table";
  $("rows").hidden = state.view !== "table";
  $("as-graph").setAttribute("aria-pressed", String(state.view === "graph"));
  $("as-table").setAttribute("aria-pressed", String(state.view === "table"));
  $("open-all").textContent = state.open.size ? "Fold groups" : "Open groups";
  $("open-all").hidden = !DATA.groups.length;
  daySection();
  remember();
}
function choose(i, move) {
  state.node = i;
  if (i !== null && NODES[i].k !== "field") state.to = "";
  refresh(true);
  if (move && i !== null) {
    const key = [...drawn.boxes.values()].find((b) => b.members.includes(i))?.key;
    if (key && state.view === "graph") { show(key); focusKey = key; }
    $("panel-head").focus({ preventScroll: state.view === "graph" });
  }
}
function activate(key) {
  const b = drawn.boxes.get(key);
  if (!b) return;
  if (b.group) {
    state.open.add(NODES[b.members[0]].g);
    refresh(true);
    focusOn(String(b.members[0]));
    choose(b.members[0]);
  } else { focusKey = key; choose(state.node === b.members[0] ? null : b.members[0]); }
}
function clear() {
  Object.assign(state, { node: null, q: "", kind: "", account: "", certainty: "", model: "", repository: "", shared: false, changed: false, to: "" });
  state.open.clear();
  controls();
  refresh();
}
// -- the address ------------------------------------------------------------------------------------------------------
let own = "";
function remember() {
  const p = new URLSearchParams();
  if (state.node !== null) p.set("node", NODES[state.node].id);
  if (state.q) p.set("q", state.q);
  FIELDS.forEach((f) => { if (state[f]) p.set(f, state[f]); });
  CHECKS.forEach((f) => { if (state[f]) p.set(f, "1"); });
  if (state.to) p.set("to", state.to);
  if (state.view !== "graph") p.set("view", state.view);
  if (state.open.size) p.set("open", [...state.open].sort((a, b) => a - b).map((g) => NODES[DATA.groups[g].m[0]].id).join("\n"));
  if (!fitted && state.view === "graph") p.set("at", place());
  own = "#" + p.toString();
  if (location.hash === own || (own === "#" && !location.hash)) return;
  // Some browsers let no file change its address this way; then the old view stays in it.
  try { history.replaceState(null, "", own); } catch { own = location.hash; }
}
function recall() {
  const p = new URLSearchParams(location.hash.slice(1));
  state.node = BY_ID.has(p.get("node")) ? BY_ID.get(p.get("node")) : null;
  state.q = p.get("q") || "";
  FIELDS.forEach((f) => { const value = p.get(f) || ""; state[f] = [...$(f).options].some((o) => o.value === value) ? value : ""; });
  CHECKS.forEach((f) => { state[f] = p.get(f) === "1"; });
  state.to = DATA.models.includes(p.get("to")) ? p.get("to") : "";
  if (p.get("view") === "table" || p.get("view") === "graph") state.view = p.get("view"); else if (p.size) state.view = "graph";
  state.open = new Set((p.get("open") || "").split("\n").filter((id) => BY_ID.has(id)).map((id) => NODES[BY_ID.get(id)].g).filter((g) => g !== undefined));
  controls();
  refresh();
  fit();
  goTo(p.get("at"));
  remember();
}
function controls() {
  $("q").value = state.q;
  FIELDS.forEach((f) => { $(f).value = state[f]; });
  CHECKS.forEach((f) => { $(f).checked = state[f]; });
}
// -- wiring -----------------------------------------------------------------------------------------------------------
function fill(id, values) { $(id).append(...[...new Set(values.filter(Boolean))].sort().map((v) => h("option", { value: v }, v))); }
function summary() {
  $("title").textContent = DATA.title + ": who reads each model field and holds each token";
  const roots = NODES.map((_, i) => i).filter(isRoot), shared = roots.filter((i) => NODES[i].s).length, consumers = NODES.filter((n) => n.k === "consumer");
  const known = sum(TODAY.map((x) => x || 0));
  $("summary").textContent = `${shared} of ${plural(roots.length, "field or token", "fields and tokens")} shared · ${plural(consumers.length, "consumer")}, ${plural(sum(consumers.map((n) => n.i)), "instance")}` + (DATA.outlooks.length ? ` · ${dollars(known)} a day known` : "") + (DATA.commit ? ` · commit ${DATA.commit.slice(0, 12)}` : "");
  if (DATA.base) {
    $("changes").hidden = false; $("changed-label").hidden = false;
    $("changes-head").textContent = `What differs from ${DATA.base}`;
    $("changes-list").replaceChildren(...(DATA.difference.length ? DATA.difference.map((line) => h("li", {}, line)) : [h("li", {}, "nothing in who reads what")]));
  }
  const rest = [], c = DATA.coverage;
  if (DATA.unresolvedCount) rest.push(h("details", {}, h("summary", {}, `${plural(DATA.unresolvedCount, "thing")} could not be determined`), h("ul", {}, DATA.unresolved.map((u) => h("li", {}, link(u.p, u.l), " ", u.w)))));
  if (c.failed.length) rest.push(h("details", {}, h("summary", {}, `${plural(c.failed.length, "file")} could not be read`), h("ul", {}, c.failed.map(([p, w]) => h("li", {}, `${p}: ${w}`)))));
  rest.push(h("p", { class: "soft" }, `${plural(c.files, "file")} looked at, ${c.parsed.toLocaleString("en-US")} read, ${c.resolved} of ${plural(c.calls, "model call")} resolved. Made by modelguard.`));
  $("rest").replaceChildren(...rest);
}
function keyOf(target) { return target instanceof Element ? target.closest?.(".node")?.dataset.key ?? null : null; }
function wire() {
  fill("account", NODES.map((n) => n.a)); fill("model", NODES.flatMap((n) => n.m || [])); fill("repository", NODES.map((n) => n.repo));
  $("repository-label").hidden = $("repository").options.length < 3;
  $("q").addEventListener("input", () => { state.q = $("q").value; refresh(); });
  FIELDS.forEach((f) => $(f).addEventListener("change", () => { state[f] = $(f).value; refresh(); }));
  CHECKS.forEach((f) => $(f).addEventListener("change", () => { state[f] = $(f).checked; refresh(); }));
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("as-graph").addEventListener("click", () => { state.view = "graph"; refresh(); fit(); });
  $("as-table").addEventListener("click", () => { state.view = "table"; refresh(true); });
  $("open-all").addEventListener("click", () => { if (state.open.size) state.open.clear(); else DATA.groups.forEach((_, g) => state.open.add(g)); refresh(); });
  $("fit").addEventListener("click", () => fit(true)); $("reset").addEventListener("click", clear);
  const scale = (by) => { vendor.select(canvas).call(zoomer.scaleBy, by); fitted = false; moved(); };
  $("in").addEventListener("click", () => scale(1.35)); $("out").addEventListener("click", () => scale(1 / 1.35));
  $("skip").addEventListener("click", (event) => { event.preventDefault(); $("panel-head").focus(); });
  vendor.select(canvas).call(zoomer).on("dblclick.zoom", null);
  nodeLayer.addEventListener("mouseover", (event) => { const key = keyOf(event.target); if (key !== null && (!lit || lit.key !== key)) light(key); });
  nodeLayer.addEventListener("mouseleave", () => relight());
  nodeLayer.addEventListener("focusin", (event) => { const key = keyOf(event.target); if (key !== null && (!lit || lit.key !== key)) { focusKey = key; light(key); } });
  canvas.addEventListener("click", (event) => {
    let key = keyOf(event.target);
    if (key === null) { const [x, y] = transform.invert([event.clientX - canvas.getBoundingClientRect().left, event.clientY - canvas.getBoundingClientRect().top]); key = [...drawn.boxes.values()].find((b) => x >= b.x && x <= b.x + b.w && y >= b.y && y <= b.y + b.h)?.key ?? null; }
    if (key !== null) activate(key); else if (state.node !== null) choose(null);
  });
  nodeLayer.addEventListener("keydown", (event) => {
    const key = keyOf(event.target);
    if (key === null) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); activate(key); nodeLayer.querySelector(`[data-key="${focusKey}"]`)?.focus({ preventScroll: true }); }
    else if (event.key.startsWith("Arrow")) { event.preventDefault(); const to = step(key, event.key); if (to !== null) focusOn(to); }
    else if (event.key === "Home" || event.key === "End") { event.preventDefault(); focusOn(order().at(event.key === "Home" ? 0 : -1).key); }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (event.key === "Escape") { if (state.node !== null) choose(null); else if (state.q) { state.q = ""; controls(); refresh(); } }
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "/") { event.preventDefault(); $("q").focus(); }
    else if (event.key === "+" || event.key === "=") $("in").click(); else if (event.key === "-") $("out").click(); else if (event.key === "0") fit(true);
  });
  addEventListener("hashchange", () => { if (location.hash !== own) recall(); });
  // On paper nothing opens: the table and the evidence are there at once.
  let shut = [];
  addEventListener("beforeprint", () => { table(visible()); shut = [...$("details").querySelectorAll("details:not([open])")]; shut.forEach((d) => { d.open = true; }); });
  addEventListener("afterprint", () => shut.forEach((d) => { d.open = false; }));
  new ResizeObserver(() => { if (fitted) fit(); else later(); }).observe(canvas);
}
wire(); summary(); recall();
document.documentElement.dataset.ready = "1";
