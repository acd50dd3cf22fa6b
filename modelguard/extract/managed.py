"""Resources of Bedrock that ask a model themselves: agents, knowledge bases and their data sources.

Nothing of the tree runs in them, so each is a scope with one call for every model that it is given. Properties:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Bedrock.html; Terraform's providers spell them in
snake case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from modelguard.extract import step_functions
from modelguard.extract.facts import Arg, Call, Expr, Get, Import, Item, Lit, Rec, Scope, Seq, Span, Unit

PLATFORM = "bedrock"


@dataclass(frozen=True, slots=True)
class Model:
    """Where a resource names a model, and the call of the catalogue that it makes with it."""

    path: tuple[str, ...]
    call: str


_PARSING = ("BedrockFoundationModelConfiguration", "ModelArn")
AGENT = (Model(("FoundationModel",), "agent"),)
KNOWLEDGE_BASE = (
    Model(("KnowledgeBaseConfiguration", "VectorKnowledgeBaseConfiguration", "EmbeddingModelArn"), "knowledgeBase"),
)
DATA_SOURCE = (
    Model(("VectorIngestionConfiguration", "ParsingConfiguration", *_PARSING), "parsing"),
    Model(("VectorIngestionConfiguration", "ContextEnrichmentConfiguration", *_PARSING), "parsing"),
)
KINDS = {
    "AWS::Bedrock::Agent": AGENT,
    "AWS::Bedrock::KnowledgeBase": KNOWLEDGE_BASE,
    "AWS::Bedrock::DataSource": DATA_SOURCE,
    "aws_bedrockagent_agent": AGENT,
    "aws_bedrockagent_knowledge_base": KNOWLEDGE_BASE,
    "aws_bedrockagent_data_source": DATA_SOURCE,
    "awscc_bedrock_agent": AGENT,
    "awscc_bedrock_knowledge_base": KNOWLEDGE_BASE,
    "awscc_bedrock_data_source": DATA_SOURCE,
    "aws_bedrock.CfnAgent": AGENT,
    "aws_bedrock.CfnKnowledgeBase": KNOWLEDGE_BASE,
    "aws_bedrock.CfnDataSource": DATA_SOURCE,
}
"""By the type of a resource in CloudFormation and Terraform, and a construct's name in CDK."""


def snake(name: str) -> str:
    """A property's name in Terraform and in Python."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def scope(name: str, found: list[tuple[Model, Span]]) -> Scope:
    """The calls that a resource makes, each with the model that it is given under the name of its property."""
    return Scope(f"bedrock:{name}", step_functions.KIND, found[0][1], calls=tuple(_calls(found)))


def _calls(found: list[tuple[Model, Span]]) -> Iterator[Call]:
    for model, at in found:
        service = Import("states", "bedrock", 0, at)
        given = step_functions.substituted(".".join(model.path), at)
        yield Call(Get(service, Lit(model.call, at), at, True), (Arg("ModelId", given),), at)


def unit(name: str, at: Span, found: list[tuple[Model, Expr, Span]]) -> Unit:
    """A resource as something that runs, with the models that it is given."""
    env = Rec(tuple(Item(Lit(".".join(m.path), place), value, place) for m, value, place in found), at)
    return Unit(name, PLATFORM, at, env=env, command=Seq((Lit(f"bedrock:{name}", at),), at))
