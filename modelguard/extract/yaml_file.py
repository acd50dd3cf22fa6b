"""YAML and JSON files: the document itself, and what it says where it is a manifest or a gateway's configuration."""

from __future__ import annotations

from modelguard.extract import (
    cloudformation,
    cloudformation_loops,
    compose,
    ecs_task,
    gateways,
    github_actions,
    jsonc,
    kubeflow_ir,
    kubernetes,
    litellm_proxy,
    platforms,
    samconfig,
    serverless,
    step_functions,
    terraform_plan,
)
from modelguard.extract.facts import Export, Expr, Facts, Op, Rec, Route, Scope, Unit
from modelguard.extract.yaml_doc import DocumentError, documents

NAME = "yaml"


def extract_jsonc(data: bytes) -> Facts:
    """Facts of JSON with comments and trailing commas, every place where it stands."""
    return extract(jsonc.plain(data))


def extract(data: bytes) -> Facts:
    """Facts of one YAML or JSON file; several documents become Op("documents")."""
    try:
        found = documents(data)
    except DocumentError as error:
        if b"{{" in data:
            return Facts(NAME, problem="a template ({{ … }}), which is not read as YAML", problem_line=error.line)
        return Facts(NAME, problem=error.why, problem_line=error.line)
    units: list[Unit] = []
    exports: list[Export] = []
    routes: list[Route] = []
    scopes: list[Scope] = []
    kept: list[Expr] = []
    for document in found:
        units.extend(platforms.units(document))
        routes.extend(gateways.routes(document))
        if kubernetes.recognises(document):
            units.extend(kubernetes.units(document))
            exports.extend(kubernetes.exports(document))
            document = kubernetes.without_secrets(document)  # noqa: PLW2901  what is kept is the sealed one
        elif litellm_proxy.recognises(document):
            routes.extend(litellm_proxy.routes(document))
        elif cloudformation.recognises(document):
            if cloudformation_loops.PREFIX.encode() in data:
                document = cloudformation_loops.expanded(document)  # noqa: PLW2901
            scopes.append(cloudformation.scope(document))
            units.extend(cloudformation.units(document))
            exports.extend(cloudformation.exports(document))
            scopes.extend(cloudformation.machines(document))
        elif ecs_task.recognises(document):
            units.extend(ecs_task.units(document))
        elif kubeflow_ir.recognises(document):
            units.extend(kubeflow_ir.units(document))
        elif terraform_plan.recognises(document):
            scopes.append(terraform_plan.scope(document))
            units.extend(terraform_plan.units(document))
            document = Rec((), document.at)  # noqa: PLW2901  values that are said to be sensitive are in it too
        elif step_functions.recognises(document):
            scopes.append(step_functions.scope(document, ""))
        elif serverless.recognises(document):
            scopes.append(serverless.scope(document))
        elif github_actions.is_action(document):
            scopes.append(github_actions.action_scope(document))
            units.append(github_actions.action(document))
        elif github_actions.recognises(document):
            units.extend(github_actions.units(document))
            exports.extend(github_actions.exports(document))
        elif compose.recognises(document):
            services = list(compose.units(document))
            units.extend(services)
            exports.extend(compose.exports(services))
        kept.append(samconfig.normal(document))
    whole = kept[0] if len(kept) == 1 else Op("documents", tuple(kept), (1, 1)) if kept else None
    return Facts(NAME, whole, tuple(scopes), tuple(units), tuple(exports), tuple(routes))
