"""`modelguard rules`: the rules that a check applies; `rules test` runs the examples of a pack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelguard.cli.inputs import all_rules, as_json, config_of, emit, path_argument
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.policy.rules import Rule


class WithTest(click.Command):
    """`rules [PATH]`, and `rules test [DIR]` where the first word is `test`; a folder of that name is `./test`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of whichever of the two is meant."""
        if args and args[0] == "test":
            return examples.make_context("rules test", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the context was made for."""
        return ctx.command.invoke(ctx) if ctx.command is not self else super().invoke(ctx)


@click.command("rules", cls=WithTest)
@path_argument
@click.option("--all", "every", is_flag=True, help="also those that are off, or not of this persona")
@click.option("--format", "kind", type=click.Choice(("text", "json", "markdown")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
def command(path: Path, every: bool, kind: str, output: Path | None) -> None:
    """List the rules that apply in PATH: the built-in ones and its own.

    `modelguard rules test [DIR]` runs the passing and failing examples of the rules in DIR (policies, unless given).
    """
    from modelguard.policy.rules import chosen
    from modelguard.workspace import open_working

    tree = open_working(path)
    rules = all_rules(tree)
    settings = config_of(tree)
    applied = {rule.id: rule for rule in chosen(rules, settings.persona, settings.levels)}
    if kind == "markdown":
        from modelguard.policy.documented import rules_page

        emit(rules_page(rules), output)
        return
    shown = [applied.get(r.id, r) for r in rules if every or r.id in applied]
    if kind == "json":
        emit(as_json({"rules": [_document(r, r.id in applied) for r in shown]}), output)
        return
    lines = [f"{r.id:8} {r.level if r.id in applied else 'off':8} {r.title}" for r in shown]
    left = len(rules) - len(shown)
    if left:
        lines.append(f"{left} more with --all (persona {settings.persona})")
    emit("\n".join(lines) + "\n", output)


def _document(rule: Rule, applied: bool) -> dict[str, Any]:
    keys = ("id", "title", "over", "level", "when", "message", "why", "remedy", "family", "path", "line")
    return {
        **{key: getattr(rule, key) for key in keys},
        "tags": list(rule.tags),
        "personas": list(rule.personas),
        "applied": applied,
    }


@click.command("rules test")
@click.argument("folder", default="policies", type=click.Path(path_type=Path))
@click.pass_context
def examples(ctx: click.Context, folder: Path) -> None:
    """Run the examples of every rule in DIR (its .yaml files with `schema: modelguard.rules/1`), or in one file.

    Exit status: 0 where all do what they say, 1 where one does not, 2 for a pack that is not valid.
    """
    from modelguard.policy.rules import failures, parse_rules

    if not folder.exists():
        raise InputError(f"{folder} does not exist", hint="give the folder that your rules are in")
    found = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml"))
    rules: list[Rule] = []
    for file in found:
        data = file.read_bytes()
        if folder.is_file() or b"modelguard.rules/1" in data:
            rules += parse_rules(data, str(file))
    if not rules:
        raise InputError(f"there are no rules in {folder}", hint="a pack starts with schema: modelguard.rules/1")
    wrong = failures(rules)
    count = sum(len(r.passing) + len(r.failing) for r in rules)
    emit("".join(f"{line}\n" for line in wrong), None)
    emit(f"{len(rules)} rules, {count} examples, {len(wrong)} wrong\n", None)
    ctx.exit(1 if wrong else 0)
