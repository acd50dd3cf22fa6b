"""Consumers: what infrastructure runs, with its environment, instances, account and entry points in the code."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.link import (
    actions,
    commands,
    compose_files,
    dockers,
    entries,
    images,
    inline_env,
    invoked,
    shell,
    steps,
    workers,
)
from modelguard.link.access import elements
from modelguard.link.declared import Declared
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.runners import EVENT, Entry, Runner, Task
from modelguard.link.values import Const, Outcome, Outcomes, Pieces, RepoPath, Unknown, named, text_of


def runners(program: Program, resolver: Resolver) -> list[Runner]:
    """Every consumer that infrastructure files and pipeline code declare, in the order of their places."""
    built = images.Images(program, resolver)
    found = _worked_out(program, resolver)
    taken = found.taken
    used = actions.used(program)  # the jobs that use an action of the tree stand for it
    declared = [
        (path, replace(unit, stage=stage[1]) if stage is not None else unit, program.unit_frame(path, stage))
        for path, unit in compose_files.completed(program, program.units)
        for stage in program.terraform.stages(path)
        if path not in taken and path not in used and (path, unit.name) not in found.compiled
    ]
    declared += found.units
    made = [_runner(program, resolver, built, path, unit, frame) for path, unit, frame in declared]
    made += [
        _step(program, resolver, built, path, unit, step)
        for path, unit, frame in declared
        if unit.steps
        for step in actions.steps(program, resolver, path, unit, frame)
    ]
    engines = workers.Workers(program, made)
    # What a worker runs is the flows.
    made = [dataclass_replace(r, problem="") if engines.runs(r) else engines.placed(r) for r in made]
    made += [_task(t, engines.layers(t.platform, t.path)) for t in found.tasks]
    entered = frozenset(e.script for r in made for e in r.entries)
    entered |= {path for r in made for path in invoked.run_by(program, r)}
    overriding = [
        _runner(program, resolver, built, unit.name, unit, program.document_frame(unit.name))
        for unit in shell.overriding(program, entered)
    ]
    made += overriding
    made += _images_alone(program, resolver, built, made)
    # Scripts that only ask a model themselves: what else they run is no different for being run by them.
    for path in shell.free(program, entered | {r.path for r in overriding}):
        if invoked.asks(program, path):
            alone = _runner(program, resolver, built, path, shell.unit(path), program.document_frame(path))
            made.append(dataclass_replace(alone, entries=()))
    return sorted(compose_files.as_one(made), key=lambda r: (r.path, r.line, r.name))


def _images_alone(program: Program, resolver: Resolver, built: images.Images, made: list[Runner]) -> Iterator[Runner]:
    """What Dockerfiles run that no manifest names, each called after its program; of several that run one, the first."""
    entered = {e.path for r in made for e in r.entries}
    for path, unit in dockers.alone(program, built, made):
        frame = program.unit_frame(path)
        name = dockers.named(_runner(program, resolver, built, path, unit, frame), entered)
        if name:
            entered.add(name)
            runner = _runner(program, resolver, built, path, replace(unit, name=name), frame)
            yield dataclass_replace(runner, path=name, line=1, problem="")


@dataclass
class _WorkedOut:
    """What is declared by evaluating several files together; `taken` are manifests that are a part of it."""

    units: list[Declared] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    taken: frozenset[str] = frozenset()
    compiled: set[tuple[str, str]] = field(default_factory=set)
    """Steps of compiled pipelines that are also there as the program which they were compiled from."""


_CDK = ("aws_cdk", "aws-cdk-lib", "@aws-cdk/")


def _worked_out(program: Program, resolver: Resolver) -> _WorkedOut:
    """Each way is only loaded where the tree has files of it: most trees have one or two."""
    names = {p.rpartition("/")[2] for p in program.store.paths()}
    found = _WorkedOut()
    if program.terraform.paths():
        from modelguard.link import terraform_units

        found.units += terraform_units.units(program, resolver)
        found.taken |= program.terraform.plans
    if "azure.yaml" in names or any(name.endswith(".bicep") for name in names):
        from modelguard.link import bicep

        found.units += bicep.units(program, resolver)
    if any(name.startswith("serverless.") for name in names):
        from modelguard.link import serverless

        found.units += serverless.units(program, resolver)
    imports = program.imported_packages()
    if "cdk.json" in names or any(name.startswith(_CDK) for name in imports):
        from modelguard.link import cdk

        found.units += cdk.units(program, resolver)
    if "Chart.yaml" in names:
        from modelguard.link import helm

        found.units += helm.units(program, resolver)
    if not names.isdisjoint(("kustomization.yaml", "kustomization.yml", "Kustomization")):
        from modelguard.link import kustomize

        found.taken |= kustomize.built_from(program)
        found.units += kustomize.units(program, resolver)
    if "kfp" in imports:
        from modelguard.link import kubeflow

        found.units += kubeflow.units(program, resolver)
        of_programs = {unit.name for _, unit, _ in found.units}
        found.compiled |= {(p, u.name) for p, u in program.units if u.platform == "step" and u.name in of_programs}
    if "kedro" in imports:
        from modelguard.link import kedro

        found.tasks += kedro.tasks(program, resolver)
    if "sagemaker" in imports:
        from modelguard.link import sagemaker

        found.units += sagemaker.units(program, resolver)
    if "dagster" in imports:
        found.tasks += steps.tasks(program, resolver, steps.DAGSTER, "dagster")
    if "airflow" in imports:
        from modelguard.link import airflow

        found.tasks += airflow.tasks(program, resolver)
        found.units += airflow.units(program, resolver)
    return found


def _runner(
    program: Program, resolver: Resolver, built: images.Images, path: str, unit: f.Unit, frame: Frame
) -> Runner:
    image = built.of_unit(unit, frame, path)
    layers = ((image.env, image.frame),) if image is not None and image.env is not None else ()
    found, via, problem = entries.entries(program, resolver, path, unit, frame, image)
    if problem == entries.FOREIGN:
        problem = built.why_not(unit, frame) or problem
    argv = _command(resolver, unit, frame, image)
    context = _context(program, resolver, unit, frame, found, argv, image, layers, path, ())
    started = _started_with(program, resolver, path, unit, frame)
    if started:
        found = tuple(dataclass_replace(e, given=started) if e.function or e.scope else e for e in found)
    if unit.switch:
        why = f"only where `{unit.switch}` is turned on"
        found = tuple(dataclass_replace(e, why=f"{e.why}; {why}", certainty="possible") for e in found)
    account = resolver.text(unit.account, frame) if unit.account is not None else None
    return Runner(
        name=unit.name,
        platform=unit.platform,
        path=path,
        line=unit.at[0],
        context=context,
        instances=_instances(resolver, unit, frame),
        account=account,
        stage=unit.stage or None,
        aliases=_aliases(resolver, unit, frame),
        entries=found,
        via=via,
        problem=problem,
        argv=tuple(argv),
        runs_at=_place(path, unit, image),
        image=_image_name(resolver, unit, frame, image),
        folders=_folders(resolver, unit, frame, image),
    )


def _image_name(resolver: Resolver, unit: f.Unit, frame: Frame, image: images.Image | None) -> str:
    if image is not None and image.base:
        return image.base
    return (resolver.text(unit.image, frame) or "") if unit.image is not None else ""


def _folders(resolver: Resolver, unit: f.Unit, frame: Frame, image: images.Image | None) -> tuple[str, ...]:
    """What of the tree lies in a unit's container."""
    mounted = [
        o.value.path for i in unit.mounts for o in resolver.evaluate(i.value, frame) if isinstance(o.value, RepoPath)
    ]
    copied = [posixpath.join(image.context, s.lstrip("/")) for c in image.copies for s in c.sources] if image else []
    return tuple(dict.fromkeys(workers.plain(folder) for folder in (*mounted, *copied)))


def _place(path: str, unit: f.Unit, image: images.Image | None) -> tuple[str, int]:
    """Where the command of a unit stands: in its own file, else in its image's Dockerfile."""
    if unit.command is not None:
        return path, unit.command.at[0]
    return (image.path, image.line) if image is not None else (path, unit.at[0])


def _step(
    program: Program, resolver: Resolver, built: images.Images, path: str, job: f.Unit, step: actions.Step
) -> Runner:
    """A step of a job: the same consumer, with an environment of its own."""
    runs = step.program or step.unit
    there = program.unit_frame(step.path) if step.program is not None else step.frame
    image = built.of_unit(runs, there, step.path)
    layers = ((image.env, image.frame),) if image is not None and image.env is not None else ()
    found, via, problem = entries.entries(program, resolver, step.path, runs, there, image)
    argv = _command(resolver, step.unit, step.frame, None)
    unit = replace(step.unit, name=job.name)
    below = (*step.layers, *layers)
    around = job.steps if step.path == path else ()
    context = _context(program, resolver, unit, step.frame, found, argv, image, below, step.path, around)
    return Runner(
        name=job.name,
        platform=job.platform,
        path=path,
        line=job.at[0],
        context=context,
        aliases=_aliases(resolver, job, step.frame),
        entries=found,
        via=(*via, *step.via),
        problem=problem,
        argv=tuple(argv),
        runs_at=_place(step.path, step.unit, None),
    )


def _command(resolver: Resolver, unit: f.Unit, frame: Frame, image: images.Image | None) -> list[str]:
    """The words of what a unit runs: its own command, with or without its image's, or that alone."""
    argv = entries.argv(resolver, unit.command, frame) if unit.command is not None else []
    if image is not None and (unit.arguments or not argv):
        return [*image.entrypoint, *argv] if unit.arguments else image.argv
    return argv


def _context(
    program: Program,
    resolver: Resolver,
    unit: f.Unit,
    frame: Frame,
    found: tuple[Entry, ...],
    argv: list[str],
    image: images.Image | None,
    layers: actions.Layers,
    path: str,
    around: tuple[f.Unit, ...],
) -> Context:
    """Whose environment it is: the unit's, what the shell scripts that it runs export, then what lies below."""
    workdir = images.folder(program, image) if image is not None else resolver.text(unit.workdir, frame) or ""
    scripts = list(dict.fromkeys(e.script for e in found if e.script))
    inside = [w for s in scripts for w in shell.words(program, s)]
    words = [*commands.words(argv), *(w.text for w in inside)]
    context = Context(
        unit.name,
        unit,
        frame,
        workdir if not workdir.startswith("/") else "",
        tuple(words) if unit.platform != "console-script" else (),  # whoever runs that may give it anything
        tuple((w.path, w.line) for w in inside),
        (*shell.layers(program, scripts), *layers),
    )
    return dataclass_replace(context, inline=inline_env.layers(program, resolver, path, unit, around, context))


def _started_with(
    program: Program, resolver: Resolver, path: str, unit: f.Unit, frame: Frame
) -> tuple[tuple[str, Outcomes], ...]:
    """The arguments that a unit's function is known to be started with: a pipeline's, a state machine's payload."""
    given = [
        (name, named(resolver.evaluate(item.value, frame), f"{unit.name}.{name}"))
        for item in unit.given
        if (name := str(getattr(item.key, "value", "")))
    ]
    if unit.platform == "lambda":
        from modelguard.link import payloads

        events = payloads.events(program, resolver, path, unit)
        given += [(EVENT, events)] if events else []
    return tuple(given)


def queued(program: Program, resolver: Resolver) -> list[Runner]:
    """The tasks of queues, each as a consumer of its own, where no worker is known that runs them."""
    if program.imported_packages().isdisjoint(name.split(".", 1)[0] for name in steps.QUEUED):
        return []
    made = [_task(t) for t in steps.tasks(program, resolver, steps.QUEUED, "task")]
    return sorted(made, key=lambda r: (r.path, r.line, r.name))


def _task(task: Task, layers: actions.Layers = ()) -> Runner:
    function = task.function
    entry = Entry(function.path, scope=function.scope.name, why=f"task {task.name}", given=task.given)
    context = Context(task.name, layers=layers)
    return Runner(task.name, task.platform, task.path, task.line, context, entries=(entry,), builder=task.path)


def _instances(resolver: Resolver, unit: f.Unit, frame: Frame) -> int:
    """Copies by `for_each` or `count`; where their number is not known, one is what is certain."""
    if unit.each is not None:
        for base in resolver.evaluate(unit.each, frame):
            found = elements(resolver, base)
            if found is not None:
                return len(found)
    if unit.count is not None:
        for outcome in resolver.evaluate(unit.count, frame):
            number = outcome.value.value if isinstance(outcome.value, Const) else None
            if isinstance(number, int) and not isinstance(number, bool):
                return max(number, 0)
    return 1


def _aliases(resolver: Resolver, unit: f.Unit, frame: Frame) -> tuple[str, ...]:
    """The other names of a unit, as far as they are known."""
    found = (_alias(resolver, e, frame) for e in unit.aliases)
    return tuple(a for a in found if a and a != unit.name)


def _alias(resolver: Resolver, expr: f.Expr, frame: Frame) -> str | None:
    """The name it has when deployed, with `*` for what differs from instance to instance."""
    if frame.folder is not None and isinstance(expr, f.Get) and isinstance(expr.base, f.Var):
        found = frame.folder.table.get(expr.base.name)
        if found is None or not isinstance(found[0].value, f.Rec):
            return None
        wanted = getattr(expr.key, "value", None)
        inner = next((i.value for i in found[0].value.items if getattr(i.key, "value", None) == wanted), None)
        open_frame = Frame(
            found[1].path, found[1].scope, frame.context, args={}, format="terraform", folder=frame.folder
        )
        varies = (Outcome(Unknown("differs from instance to instance")),)
        open_frame.names = dict.fromkeys(("each.key", "each.value", "count.index"), varies)
        outcomes = resolver.evaluate(resolver.keep(inner), resolver.keep(open_frame)) if inner is not None else ()
    else:
        outcomes = resolver.evaluate(expr, frame)
    if len(outcomes) != 1:
        return None
    value = outcomes[0].value
    if isinstance(value, Pieces):
        pattern = "".join(p if p is not None else "*" for p in value.parts)
        return pattern if pattern.strip("*") else None
    return text_of(value)
