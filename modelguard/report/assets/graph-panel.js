// Words beside the picture: what a node is, who reads it and how each gets it, what another model would cost; the table.
const link = (path, line) => {
  const found = DATA.links.filter(([prefix]) => path.startsWith(prefix)).sort((a, b) => b[0].length - a[0].length)[0];
  const place = h("bdi", { class: "place" }, `${path}:${line}`);
  if (!found) return place;
  const inside = path.slice(found[0].length).split("/").map(encodeURIComponent).join("/");
  const to = found[1].replace("{path}", inside).replace("{line}", String(line));
  return /^https:\/\//.test(to) ? h("a", { href: to, rel: "noreferrer" }, place) : place;
};
const go = (i, words) => h("button", { type: "button", onclick: () => choose(i, true) }, h("bdi", {}, words || NODES[i].n));
function evidence(e) {
  if (!e.v || !e.v.length) return null;
  return h("ol", { class: "evidence" }, e.v.map(([p, l]) => h("li", {}, link(DATA.paths[p], l), DATA.text[p + ":" + l] ? h("code", { dir: "auto" }, DATA.text[p + ":" + l]) : null)));
}
const whose = (n) => (n.repo ? ` · ${n.repo}` : "");
const how = (title, e) => (e.v && e.v.length ? h("details", {}, h("summary", {}, title), e.w ? h("p", { class: "soft" }, `${certaintyWords(e)}: ${e.w}`) : null, evidence(e)) : null);
const td = (label, cls, ...children) => h("td", { "data-label": label, class: cls }, children);
const VERDICTS = { covered: ["✓ covered", "good"], missing: ["✗ no allocation", "bad"], exceeded: ["✗ over its allocation", "bad"], unknown: ["? cost unknown", "bad"] };
const money = (interval) => (interval ? dollars(interval[0]) : "unknown");
const range = (interval) => (interval && interval.length > 2 && interval[2] - interval[1] >= 0.01 ? h("span", { class: "soft under" }, `${dollars(interval[1])}–${dollars(interval[2])}`) : null);

function details() {
  const box = $("details"), head = $("panel-head");
  if (state.node === null) {
    head.textContent = "Details";
    box.replaceChildren(h("p", {}, "Choose a field to see whom it reaches and how, and what another model would cost. Choose a consumer to see what it depends on."), topShared());
    return;
  }
  const n = NODES[state.node];
  head.replaceChildren(h("bdi", {}, n.n), n.mark ? ` (${n.mark})` : "");
  box.replaceChildren(...(n.k === "consumer" ? consumerDetails(state.node) : readDetails(state.node)).flat(9).filter(Boolean));
}
function topShared() {
  const shared = NODES.map((_, i) => i).filter((i) => isRoot(i) && NODES[i].s).sort((a, b) => copies(readersOf(b)) - copies(readersOf(a))).slice(0, 12);
  return shared.length ? h("div", {}, h("h3", {}, "Shared by most"), h("ul", {}, shared.map((i) => h("li", {}, go(i), " ", sharedWords(NODES[i], readersOf(i)), h("span", { class: "soft" }, " ", h("bdi", { class: "place" }, `${NODES[i].p}:${NODES[i].l}`)))))) : null;
}
function foldButton(i) {
  const g = NODES[i].g;
  if (g === undefined || !state.open.has(g)) return null;
  return h("p", {}, h("button", { type: "button", onclick: () => { state.open.delete(g); refresh(); focusOn("g" + g); } }, `Fold into ${DATA.groups[g].n}`));
}
function readDetails(i) {
  const n = NODES[i], list = readersOf(i), holders = readers(i, "holds"), facts = [];
  const fact = (name, ...value) => facts.push(h("dt", {}, name), h("dd", {}, value));
  if (n.k === "field") fact("says", n.was ? `${n.was}` : n.d, n.role ? ` (${n.role})` : ""); else fact("bound", n.d, n.store ? `, in ${n.store}` : "");
  fact("defined at", link(n.p, n.l));
  if (n.repo) fact("repository", n.repo);
  const from = OUT[i].filter((k) => EDGES[k].k === "derives").map((k) => [go(EDGES[k].t), EDGES[k].w ? ` (${EDGES[k].w})` : "", EDGES[k].x ? " only as a fallback" : "", " "]);
  if (from.length) fact("takes its value from", from);
  const through = deriving(i).slice(1);
  if (through.length) fact("goes through", through.slice(0, 12).map((k) => [go(k, short(NODES[k].n)), " "]), through.length > 12 ? `and ${through.length - 12} more` : "");
  if (n.w) fact("note", n.w);
  if (n.k === "token" && n.h) fact("rotating it", `reaches ${plural(n.h, "instance")}`);
  return [
    h("p", {}, `${n.k === "field" ? "Model field" : "Token"}, ${sharedWords(n, list)}`), h("dl", {}, facts), foldButton(i),
    n.k === "field" && DATA.models.length && list.length ? whatIf(i) : null,
    list.length ? readersTable(i, list) : null,
    list.length ? [h("h3", {}, "How each gets it"), list.map((r) => how(h("bdi", {}, NODES[r.c].n), r.edge))] : null,
    holders.length ? [h("h3", {}, "Held, and read nowhere that is known"), h("ul", {}, holders.map((r) => h("li", {}, go(r.c), " ", NODES[r.c].d, how("where", r.edge))))] : null,
    n.u ? [h("h3", {}, "Read where no entry point reaches"), h("ul", {}, n.u.map(([p, l]) => h("li", {}, link(p, l))))] : null,
  ];
}
function whatIf(i) {
  const now = (NODES[i].m || []).join(" or ") || "unknown";
  return h("p", {}, h("label", {}, "What if it said ", h("select", { id: "whatif", onchange: (event) => { state.to = event.target.value; refresh(true); $("whatif")?.focus(); } },
    h("option", { value: "" }, `${now} (as it is)`), DATA.models.filter((m) => m !== now).map((m) => h("option", { value: m, selected: m === state.to }, m)))));
}
function choiceOf(r, root) {
  const o = outlook(r, root), k = DATA.models.indexOf(state.to);
  return o && k >= 0 ? { o, on: o.on[k], why: o.whys[o.on[k][5]] } : null;
}
function readersTable(i, list) {
  const field = NODES[i].k === "field" && DATA.outlooks.length, to = field && state.to && DATA.models.includes(state.to);
  const heads = ["Reader", ...(field ? ["Today"] : []), ...(to ? ["Steady", "First day", "Budget"] : [])];
  const sums = [0, 0, 0]; let unknown = 0;
  const rows = list.map((r) => {
    const o = field ? outlook(r, i) : null, picked = to ? choiceOf(r, i) : null;
    const cells = [td("Reader", "", h("span", {}, go(r.c), h("span", { class: "soft under" }, `${NODES[r.c].d}, ${r.doubt ? "only as a fallback" : r.edge.c}${whose(NODES[r.c])}`)))];
    if (field) cells.push(td("Today", "n", o && o.today ? dollars(o.today[0]) : "unknown"));
    if (to) {
      const on = picked && picked.on, [words, cls] = on ? VERDICTS[on[2]] : ["? no model known", "bad"];
      cells.push(td("Steady", "n", h("span", {}, money(on && on[0]), range(on && on[0]))), td("First day", "n", h("span", {}, money(on && on[1]), range(on && on[1]))));
      cells.push(td("Budget", "", h("span", { class: cls }, words), on ? h("span", { class: "soft" }, ` ${dollars(on[3])} a day${on[4] ? ", " + on[4] : ""}${picked.why && picked.why !== "no allocation" ? "; " + picked.why : ""}`) : null));
      if (on && on[0] && on[1]) { sums[1] += on[0][0]; sums[2] += on[1][0]; }
    }
    if (o && o.today) sums[0] += o.today[0]; else unknown++;
    return h("tr", {}, cells);
  });
  const foot = field ? h("tfoot", {}, h("tr", {}, h("td", {}, `known total a day${unknown ? `; ${unknown} unknown` : ""}`), td("Today", "n", dollars(sums[0])), to ? [td("Steady", "n", dollars(sums[1])), td("First day", "n", dollars(sums[2])), h("td", {})] : null)) : null;
  return h("div", {}, h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((x) => h("th", { scope: "col", class: ["Today", "Steady", "First day"].includes(x) ? "n" : "" }, x)))), h("tbody", {}, rows), foot)), to ? verdictWords(list, i) : null);
}
function verdictWords(list, root) {
  const bad = list.filter((r) => { const c = choiceOf(r, root); return !c || c.on[2] !== "covered"; });
  const words = bad.length ? `${bad.length} of ${list.length} readers lack a budget for ${state.to}.` : `All ${list.length} readers have a budget for ${state.to}.`;
  return [h("p", { class: bad.length ? "bad" : "good", id: "verdict" }, words), DATA.ledger ? null : h("p", { class: "soft" }, "There is no budgets.yaml, so nothing is allocated."), h("p", { class: "soft" }, `Worked out when this page was made; prices: ${DATA.prices}${DATA.until ? ", usage to " + DATA.until : ""}. The first day is when every cache is cold; the small figures hold 90 % of days.`)];
}
function consumerDetails(i) {
  const n = NODES[i], direct = OUT[i].map((k) => EDGES[k]);
  return [
    h("p", {}, `Consumer, ${n.d}`), h("dl", {}, h("dt", {}, "defined at"), h("dd", {}, link(n.p, n.l)), n.repo ? [h("dt", {}, "repository"), h("dd", {}, n.repo)] : null, DATA.outlooks.length ? [h("dt", {}, "costs"), h("dd", {}, costWords([i]))] : null),
    foldButton(i), h("h3", {}, "Reads and holds"),
    direct.length ? h("ul", {}, direct.map((e) => h("li", {}, go(e.t, short(NODES[e.t].n)), ` ${NODES[e.t].k === "field" ? "= " + NODES[e.t].d : "token"} · ${certaintyWords(e)}`, e.mark ? ` (${e.mark})` : "", how("evidence", e)))) : h("p", {}, "nothing that is known"),
  ];
}

// -- the same as a table ----------------------------------------------------------------------------------------------
let most = 400;
function table(shown) {
  const rows = [];
  for (const i of [...shown.nodes].filter((k) => isRoot(k)).sort((a, b) => NODES[a].k.localeCompare(NODES[b].k) || NODES[a].n.localeCompare(NODES[b].n))) {
    const list = readersOf(i).filter((r) => shown.nodes.has(r.c));
    for (const r of list) rows.push([i, r]);
    if (!list.length) rows.push([i, null]);
  }
  const part = rows.slice(0, most).map(([i, r]) => {
    const n = NODES[i], o = r && n.k === "field" ? outlook(r, i) : null;
    return h("tr", {}, td("Field or token", "", go(i), n.mark ? ` (${n.mark})` : ""), td("Says", "", n.k === "field" ? n.was || n.d : `token, ${n.d}`), td("Defined at", "", link(n.p, n.l)),
      td("Read by", "", r ? go(r.c) : "nobody that is known"), td("Runs as", "", r ? NODES[r.c].d + whose(NODES[r.c]) : ""), td("Certainty", "", r ? (r.doubt ? "only as a fallback" : r.edge.c) : ""),
      td("Cost a day", "n", r && n.k === "field" ? (o && o.today ? dollars(o.today[0]) : "unknown") : ""));
  });
  $("rows").replaceChildren(h("table", {}, h("caption", { class: "soft" }, `${plural(rows.length, "link")} between what is read and who reads it`), h("thead", {}, h("tr", {}, ["Field or token", "Says", "Defined at", "Read by", "Runs as", "Certainty", "Cost a day"].map((x) => h("th", { scope: "col" }, x)))), h("tbody", {}, part)),
    ...(rows.length > part.length ? [h("p", {}, h("button", { type: "button", onclick: () => { most = Infinity; table(shown); } }, `Show all ${rows.length.toLocaleString("en-US")}`))] : []));
}
