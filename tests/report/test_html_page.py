"""The page in a real browser: what it loads, what it shows, keys, fragments, accessibility, hostile names, size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from gitlib import git
from weblib import chromium, look, requests, screenshot, violations, web_modules

from modelguard.budget.ledger import Allocation, Ledger
from modelguard.cli import main
from modelguard.cost.prices import Prices
from modelguard.graph.build import analyse
from modelguard.graph.merge import merge
from modelguard.graph.model import Certainty, Consumer, Edge, Field, Graph, Model
from modelguard.report.html import render
from modelguard.report.html_data import Page
from modelguard.report.whatif import Money
from modelguard.usage.rollup import Hours, Rollup, Row
from modelguard.workspace import open_ref

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.slow
FIELD = "field:config/project.yaml#llm.llm_model_name"
NASTY = "</script><img src=x onerror=alert(1)>\u202e\"'&@@SCRIPT@@"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return web_modules(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def pages(iceberg: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's pages: main.html, and split.html with what differs from main."""
    folder = tmp_path_factory.mktemp("pages")
    import shutil

    repo = folder / "rampart"
    shutil.copytree(iceberg, repo, symlinks=True)
    git(repo, "remote", "add", "origin", "git@github.com:rampart/platform.git")
    for branch, more in (("main", []), ("split", ["--base", "main"])):
        git(repo, "switch", "-q", branch)
        output = folder / f"{branch}.html"
        done = CliRunner().invoke(main, ["graph", str(repo), "--format", "html", "--output", str(output), *more])
        assert done.exit_code == 0, done.output
    return folder


def opened(browser: Chrome, path: Path, fragment: str = "", **size: Any) -> None:
    look(browser, **size)
    browser.get("about:blank")
    browser.get_log("browser")
    requests(browser)
    browser.get(path.as_uri() + (f"#{fragment}" if fragment else ""))
    assert browser.execute_script("return document.documentElement.dataset.ready") == "1"


def js(browser: Chrome, script: str, *arguments: Any) -> Any:
    return browser.execute_script(script, *arguments)


def keys(browser: Chrome, *pressed: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    for key in pressed:
        ActionChains(browser).send_keys(key).perform()


def shown(browser: Chrome) -> list[str]:
    return sorted(js(browser, "return [...drawn.boxes.values()].map((b) => b.name)"))


def status(browser: Chrome) -> str:
    return str(js(browser, "return document.getElementById('status').textContent"))


def test_it_loads_from_a_file_at_once_without_errors_or_requests(browser: Chrome, pages: Path) -> None:
    path = pages / "main.html"
    assert path.stat().st_size < 2_000_000
    opened(browser, path)
    assert browser.get_log("browser") == []
    asked = [a for a in requests(browser) if not a.startswith("data:,")]
    assert asked == [path.as_uri()]
    tries = [js(browser, "return performance.getEntriesByType('navigation')[0].loadEventEnd")]
    for _ in range(2):
        opened(browser, path)
        tries.append(js(browser, "return performance.getEntriesByType('navigation')[0].loadEventEnd"))
    assert min(tries) < 1000, tries


def test_the_policy_stops_what_is_not_the_pages_own(browser: Chrome, pages: Path) -> None:
    opened(browser, pages / "main.html")
    stopped = js(
        browser,
        """
        const script = document.createElement('script');
        let thrown = 0;
        try { script.textContent = 'window.ran = 1'; document.head.append(script); } catch { thrown++; }
        try { document.body.innerHTML = '<b>x</b>'; } catch { thrown++; }
        return [window.ran === undefined, thrown];
        """,
    )
    assert stopped == [True, 2]
    policy = js(browser, "return document.querySelector('meta[http-equiv]').content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_the_example_folds_fifty_lambdas_and_opens_them_on_click(browser: Chrome, pages: Path) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages / "main.html")
    assert "50 Lambdas" in shown(browser)
    group = browser.find_element(By.CSS_SELECTOR, '.node[aria-label^="+ 50 Lambdas"]')
    assert "matcher_dev ×32, matcher_prod ×18" in str(group.get_attribute("aria-label"))
    group.click()
    assert {"matcher_dev", "matcher_prod"} <= set(shown(browser))
    assert "50 Lambdas" not in shown(browser)
    browser.find_element(By.XPATH, '//button[text()="Fold into 50 Lambdas"]').click()
    assert "50 Lambdas" in shown(browser)


def test_pointing_at_a_field_lights_its_radius_and_names_the_costs(browser: Chrome, pages: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By

    opened(browser, pages / "main.html")
    ActionChains(browser).move_to_element(
        browser.find_element(By.CSS_SELECTOR, '.node[aria-label^="llm.llm_model_name"]')
    ).perform()
    lit = js(browser, "return [...document.querySelectorAll('.node.on .name')].map((e) => e.textContent)")
    assert sorted(lit) == sorted(
        "llm.llm_model_name|local.llm_model|+ LLM_MODEL ×2|+ 50 Lambdas|entity-training.train|health-check|inference-api".split(
            "|"
        )
    )
    dim = js(browser, "return getComputedStyle(document.querySelector('.node.token')).opacity")
    assert float(dim) < 1
    told = status(browser)
    assert "shared by 5 (53 instances)" in told
    for words in ("inference-api $6.30 a day", "health-check $5.53 a day", "matcher_dev cost unknown"):
        assert words in told


def test_evidence_has_lines_links_and_no_secret(browser: Chrome, pages: Path) -> None:
    opened(browser, pages / "main.html", f"node={FIELD.replace('#', '%23')}")
    rows = js(
        browser,
        "return [...document.querySelectorAll('#details details')].filter((d) => d.querySelector('summary').textContent"
        " === 'inference-api').flatMap((d) => [...d.querySelectorAll('li')].map((li) => [li.querySelector('a').href,"
        " li.querySelector('.place').textContent, li.querySelector('code').textContent]))",
    )
    assert [place for _, place, _ in rows] == [
        "config/project.yaml:5",
        "orchestrator/settings.py:40",
        "inference/app.py:10",
        "inference/app.py:25",
        "orchestrator/client.py:24",
        "k8s/inference.yaml:17",
    ]
    commit = js(browser, "return DATA.commit")
    assert rows[0][0] == f"https://github.com/rampart/platform/blob/{commit}/config/project.yaml#L5"
    assert rows[0][2].startswith("llm_model_name: bedrock/")
    shown_lines = "\n".join(js(browser, "return Object.values(DATA.text)"))
    assert "llm_model_name" in shown_lines
    assert "LITELLM_API_KEY" not in shown_lines  # a token's lines are named, never shown


def test_search_filters_as_one_types(browser: Chrome, pages: Path) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages / "main.html")
    keys(browser, "/")
    assert browser.switch_to.active_element.get_attribute("id") == "q"
    keys(browser, *"litellm-token")
    assert status(browser).startswith("1 match")
    assert shown(browser) == ["Secret/litellm-token", "entity-training.train", "health-check", "inference-api"]
    keys(browser, "\ue00c")  # Escape
    assert "50 Lambdas" in shown(browser)
    browser.find_element(By.ID, "q").send_keys("no such thing")
    assert shown(browser) == []
    assert status(browser).startswith("0 matches")


@pytest.mark.parametrize(
    ("fragment", "there", "gone"),
    [
        ("kind=token", "Secret/litellm-token", "llm.llm_model_name"),
        ("account=prod", "matcher_prod", "inference-api"),
        ("certainty=likely", "", "inference-api"),
        ("shared=1", "llm.llm_model_name", ""),
        ("model=claude-sonnet-4-6", "llm.llm_model_name", "Secret/litellm-token"),
    ],
)
def test_filters_and_the_address_that_keeps_them(
    browser: Chrome, pages: Path, fragment: str, there: str, gone: str
) -> None:
    opened(browser, pages / "main.html", fragment)
    names = shown(browser)
    assert not there or there in names
    assert not gone or gone not in names
    assert js(browser, "return location.hash") == f"#{fragment}"


def test_the_address_opens_the_same_view_elsewhere(browser: Chrome, pages: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select

    opened(browser, pages / "main.html")
    browser.find_element(By.CSS_SELECTOR, '.node[aria-label^="+ 50 Lambdas"]').click()
    browser.find_element(By.CSS_SELECTOR, '.node[aria-label^="llm.llm_model_name"]').click()
    Select(browser.find_element(By.ID, "whatif")).select_by_value("claude-opus-4-6")
    fragment, names = js(browser, "return location.hash").lstrip("#"), shown(browser)
    opened(browser, pages / "main.html", fragment)
    assert shown(browser) == names
    assert "matcher_dev" in names
    assert js(browser, "return document.getElementById('whatif').value") == "claude-opus-4-6"


def test_where_the_picture_was_moved_to_is_kept(browser: Chrome, pages: Path) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages / "main.html")
    for _ in range(3):
        browser.find_element(By.ID, "in").click()
    time.sleep(0.5)
    fragment, before = js(browser, "return location.hash").lstrip("#"), js(browser, "return place()")
    assert "at=" in fragment
    opened(browser, pages / "main.html", fragment)
    assert js(browser, "return place()") == before
    browser.find_element(By.ID, "fit").click()
    assert js(browser, "return place()") != before


def test_what_if_tells_cost_and_verdict_of_each_reader(browser: Chrome, pages: Path) -> None:
    opened(browser, pages / "main.html", f"node={FIELD.replace('#', '%23')}&to=claude-opus-4-6")
    rows = js(
        browser,
        "return [...document.querySelectorAll('#details tbody tr')].map((tr) => [...tr.cells].map((c) => c.textContent))",
    )
    table = {row[0]: row[1:] for row in rows}
    inference = next(v for k, v in table.items() if k.startswith("inference-api"))
    assert inference[0] == "$6.30"
    assert inference[1].startswith("$10.49$")  # and below it the interval
    assert inference[2].startswith("$209.88$")
    assert inference[3].startswith("✗ no allocation")
    dev = next(v for k, v in table.items() if k.startswith("matcher_dev"))
    assert dev[:3] == ["unknown", "unknown", "unknown"]
    assert "no usage is recorded" in dev[3]
    total = js(browser, "return [...document.querySelectorAll('#details tfoot td')].map((c) => c.textContent)")
    assert total == ["known total a day; 2 unknown", "$12.25", "$20.41", "$233.13", ""]
    assert js(browser, "return document.getElementById('verdict').textContent").startswith("5 of 5 readers lack")
    day = js(browser, "return document.getElementById('day').textContent")
    assert "switch to claude-opus-4-6" in day
    assert "the day after the switch: $233.13 and what is unknown" in day
    assert "Not drawn, as their cost is unknown: matcher_dev, matcher_prod" in day


def test_the_day_shows_hours_and_what_the_ledger_allows(browser: Chrome, pages: Path) -> None:
    opened(browser, pages / "main.html")
    assert js(browser, "return document.querySelectorAll('#day .bar').length") > 24
    assert "ledger: $22.00 a day" in js(browser, "return document.querySelector('.limit-words').textContent")
    hours = js(browser, "return [...document.querySelectorAll('#day tbody tr')].length")
    assert hours == 24


def small(certainty: Certainty = "certain") -> Graph:
    """A field with one reader of a certainty and one that is sure."""
    raw = "bedrock/us.anthropic.claude-sonnet-4-6"
    field = Field("field:c.yaml#m", "m", "c.yaml", 1, 1, raw, "literal", True, 2)
    model = Model(f"model:{raw}", "claude-sonnet-4-6", "aws", raw)
    api, job = (Consumer(f"consumer:{n}", n, "service", "k.yaml", 1) for n in ("api", "job"))
    edges = (
        Edge(api.id, field.id, "uses"),
        Edge(job.id, field.id, "uses", certainty),
        Edge(field.id, model.id, "names"),
    )
    return Graph(nodes=(field, model, api, job), edges=edges)


def test_doubt_is_a_word_and_a_filter(browser: Chrome, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(render(Page(small("likely"), "x")), encoding="utf-8")
    opened(browser, path)
    assert js(browser, "return [...document.querySelectorAll('.word')].map((e) => e.textContent)") == ["likely"]
    assert js(browser, "return document.querySelectorAll('.edge.doubt').length") == 1
    opened(browser, path, "certainty=likely")
    assert shown(browser) == ["job", "m"]
    opened(browser, path, "certainty=certain")
    assert shown(browser) == ["api", "m"]


def test_a_switch_in_the_usage_is_marked_between_its_days(browser: Chrome, tmp_path: Path) -> None:
    flat = (1.0,) * 24

    def row(day: str, model: str, cost: int) -> Row:
        hours = Hours(flat, flat, flat)
        return Row(day, "api", model, raw=model, tokens_in=10, tokens_out=10, cost=Decimal(cost), hours=hours)

    rows = (row("2026-03-01", "claude-sonnet-4-6", 24), row("2026-03-02", "claude-opus-4-6", 480))
    ledger = Ledger(allocations=(Allocation("api", "claude-opus-4-6", Decimal(120), 3),))
    money = Money(Prices(), date(2026, 3, 17), Rollup("u", "2026-03-01", "2026-03-02", rows), ledger)
    path = tmp_path / "page.html"
    path.write_text(render(Page(small(), "x", money)), encoding="utf-8")
    opened(browser, path)
    told = js(browser, "return document.getElementById('day').textContent")
    assert "2026-03-01: $24.00; the day after the switch: $480.00" in told
    assert js(browser, "return document.querySelectorAll('#day .switch').length") == 1
    assert js(browser, "return document.querySelectorAll('#day .bar').length") == 48
    assert "ledger: $120.00 a day" in told
    assert "api: what the ledger allows ($120.00 a day) is used up on the day after by 07:00" in told


def test_the_keyboard_reaches_everything(browser: Chrome, pages: Path) -> None:
    opened(browser, pages / "main.html")
    stops = js(browser, "return document.querySelectorAll('.node[tabindex=\"0\"]').length")
    assert stops == 1
    js(browser, "document.querySelector('.node[tabindex=\"0\"]').focus()")
    keys(browser, "\ue011")  # Home
    seen = set()
    for _ in range(12):
        seen.add(js(browser, "return document.activeElement.getAttribute('aria-label').split(',')[0]"))
        keys(browser, "\ue015")  # ArrowDown
    assert len(seen) > 3
    js(browser, "focusOn([...drawn.boxes.values()].find((b) => b.name === 'llm.llm_model_name').key)")
    keys(browser, "\ue014")  # ArrowRight: to a reader or to what takes the value
    to = js(browser, "return document.activeElement.getAttribute('aria-label')")
    assert ", consumer" in to or ", field" in to
    keys(browser, "\ue012", "\ue007")  # ArrowLeft, Enter
    assert js(browser, "return document.getElementById('panel-head').textContent") != "Details"
    assert js(browser, "return document.activeElement.classList.contains('node')")
    keys(browser, "\ue00c")
    assert js(browser, "return document.getElementById('panel-head').textContent") == "Details"


def test_the_table_says_the_same(browser: Chrome, pages: Path) -> None:
    from selenium.webdriver.common.by import By

    opened(browser, pages / "main.html")
    browser.find_element(By.ID, "as-table").click()
    rows = js(
        browser,
        "return [...document.querySelectorAll('#rows tbody tr')].map((tr) => [...tr.cells].map((c) => c.textContent))",
    )
    assert len(rows) == 10
    assert ["llm.llm_model_name", "claude-sonnet-4-6", "config/project.yaml:5", "inference-api", "Deployment", "certain",
            "$6.30"] in rows  # fmt: skip
    assert {r[3] for r in rows if r[0] == "var.litellm_api_key"} == {"matcher_dev", "matcher_prod"}


def test_what_differs_from_the_base_is_said_in_words(browser: Chrome, pages: Path) -> None:
    opened(browser, pages / "split.html")
    changes = js(browser, "return [...document.querySelectorAll('#changes li')].map((e) => e.textContent)")
    assert any(c.startswith("split") and "llm.training_model_name" in c for c in changes)
    assert "llm.training_model_name (new)" in shown(browser)
    words = js(browser, "return [...document.querySelectorAll('.word')].map((e) => e.textContent)")
    assert sorted(words) == ["gone", "new"]


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_accessible_and_fits(browser: Chrome, pages: Path, modules: Path, width: int, dark: bool) -> None:
    looks = f"{width}-{'dark' if dark else 'light'}"
    views = {
        "graph": "view=graph",
        "table": "view=table",
        "whatif": f"view=graph&node={FIELD.replace('#', '%23')}&to=claude-opus-4-6",
    }
    for name, fragment in views.items():
        opened(browser, pages / "main.html", fragment, width=width, dark=dark)
        assert violations(browser, modules) == [], name
        assert js(browser, "return document.documentElement.scrollWidth <= innerWidth"), name
        screenshot(browser, f"graph-{name}-{looks}")
    opened(browser, pages / "split.html", "view=graph", width=width, dark=dark)
    assert violations(browser, modules) == []
    screenshot(browser, f"graph-difference-{looks}")


def test_names_from_a_hostile_repository_stay_text(browser: Chrome, tmp_path: Path) -> None:
    field = Field(f"field:a.yaml#{NASTY}", NASTY, "a.yaml", 1, 1, NASTY, "literal", True, 2)
    consumers = tuple(Consumer(f"consumer:b{i}#{NASTY}", f"{NASTY}{i}", "lambda", f"b/{NASTY}", 1) for i in range(2))
    edges = tuple(Edge(c.id, field.id, "uses", "likely", NASTY, ((f"c/{NASTY}", 3),)) for c in consumers)
    graph = Graph(nodes=(field, *consumers), edges=edges)
    path = tmp_path / "page.html"
    path.write_text(render(Page(graph, NASTY, source=lambda _: f"\n\n{NASTY}".encode())), encoding="utf-8")
    opened(browser, path)
    js(browser, "activate([...drawn.boxes.keys()][0])")
    assert browser.get_log("browser") == []
    assert js(browser, "return document.querySelectorAll('img').length") == 0
    whole = js(browser, "return document.body.textContent")
    assert "onerror=alert(1)" in whole
    assert "\u202e" not in whole
    assert "@@SCRIPT@@" in whole


def test_it_prints(browser: Chrome, pages: Path) -> None:
    opened(browser, pages / "main.html")
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})
    assert len(printed["data"]) > 20_000
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not js(browser, "return document.getElementById('tools').checkVisibility()")
        assert js(browser, "return document.getElementById('rows').checkVisibility()")
        assert js(browser, "return document.querySelectorAll('#rows tbody tr').length") == 10
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_hundred_repositories_on_one_page(browser: Chrome, iceberg: Path, tmp_path: Path) -> None:
    example = analyse(open_ref(iceberg, "main"))
    graph = merge([(f"team{number:03}", example) for number in range(100)])
    path = tmp_path / "org.html"
    path.write_text(render(Page(graph, "100 repositories")), encoding="utf-8")
    assert path.stat().st_size < 2_000_000
    opened(browser, path)
    assert "400 fields, 200 tokens, 500 consumers" in status(browser)
    opened(browser, path, "repository=team042")
    assert status(browser).startswith("4 fields, 2 tokens, 5 consumers")
    opened(browser, path, "q=team007%2F")
    assert "inference-api" in shown(browser)


def organisation(nodes: int) -> Graph:
    """About `nodes` nodes: services of forty teams, a third of a team's readers alike, one field that all teams read."""
    made: list[Any] = [Model("model:gpt-4o", "gpt-4o", "openai", "gpt-4o")]
    edges: list[Edge] = []
    org = Field("field:org/config.yaml#model", "org.model", "org/config.yaml", 1, 1, "gpt-4o", "literal", True, 0)
    made.append(org)
    edges.append(Edge(org.id, "model:gpt-4o", "names"))
    each = nodes // 40
    for team in range(40):
        root = Field(
            f"field:t{team}/c.yaml#model", f"team{team}.model", f"t{team}/c.yaml", 1, 1, "gpt-4o", "literal", True, each
        )
        made.append(root)
        edges += [Edge(root.id, "model:gpt-4o", "names"), Edge(root.id, org.id, "derives")]
        for number in range((each - 1) // 2):
            name = f"svc-{team}-{number}"
            own = Field(
                f"field:t{team}/{name}.yaml#MODEL",
                f"{name}.MODEL",
                f"t{team}/{name}.yaml",
                2,
                1,
                "gpt-4o",
                "derived",
                False,
                1,
            )
            runs = Consumer(
                f"consumer:t{team}/{name}#{name}",
                name,
                "lambda" if number % 3 else f"kind{number}",
                f"t{team}/{name}.tf",
                4,
            )
            made += [own, runs]
            edges += [Edge(own.id, root.id, "derives"), Edge(runs.id, own.id, "uses", via=((f"t{team}/c.yaml", 1),))]
    return Graph(nodes=tuple(sorted(made, key=lambda n: n.id)), edges=tuple(edges))


def frames_while_panning(browser: Chrome) -> list[float]:
    """Milliseconds of ninety frames while the picture is dragged, shortest first."""
    frames: list[float] = browser.execute_async_script(
        """
        const done = arguments[arguments.length - 1], times = [];
        const r = canvas.getBoundingClientRect(), at = (x, y) => ({bubbles: true, cancelable: true, view: window, button: 0,
          buttons: 1, clientX: r.left + x, clientY: r.top + y});
        canvas.dispatchEvent(new MouseEvent('mousedown', at(300, 200)));
        let n = 0, last = performance.now();
        const tick = (now) => {
          times.push(now - last); last = now;
          window.dispatchEvent(new MouseEvent('mousemove', at(300 + 4 * n % 200, 200 - 6 * n)));
          if (n++ < 90) requestAnimationFrame(tick);
          else { window.dispatchEvent(new MouseEvent('mouseup', at(0, 0))); done(times.slice(2)); }
        };
        requestAnimationFrame(tick);
        """
    )
    return sorted(frames)


@pytest.mark.parametrize("open_all", [False, True])
def test_five_thousand_nodes_stay_usable(browser: Chrome, tmp_path: Path, open_all: bool) -> None:
    graph = organisation(5000)
    assert len(graph.nodes) > 4900
    path = tmp_path / "large.html"
    path.write_text(render(Page(graph, "large", Money(Prices(), date(2026, 3, 17)))), encoding="utf-8")
    started = time.monotonic()
    opened(browser, path)
    loaded = time.monotonic() - started
    if open_all:
        js(browser, "document.getElementById('open-all').click()")
        assert js(browser, "return drawn.boxes.size") > 4900
    before = js(browser, "return [transform.x, transform.y]")
    # Other work on the machine can only make frames longer: of three tries the best says what the page takes.
    tries = [frames_while_panning(browser) for _ in range(3)]
    assert js(browser, "return [transform.x, transform.y]") != before
    p95 = min(frames[int(len(frames) * 0.95)] for frames in tries)
    print(f"5,000 nodes, open={open_all}: loaded in {loaded:.2f} s, 95 % of frames under {p95:.0f} ms")
    assert p95 < 100
    assert loaded < 30
