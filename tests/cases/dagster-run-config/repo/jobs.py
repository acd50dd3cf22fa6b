from dagster import Config, Definitions, RunConfig, asset, define_asset_job
from openai import OpenAI


class LabelConfig(Config):
    model: str = "gpt-4o-mini"


class RankConfig(Config):
    model: str = "gpt-4o"


class TagConfig(Config):
    model: str = "gpt-4.1-nano"


@asset
def labels(config: LabelConfig):
    return OpenAI().chat.completions.create(model=config.model, messages=[])


@asset
def ranks(config: RankConfig):
    return OpenAI().chat.completions.create(model=config.model, messages=[])


@asset
def tags(config: TagConfig):
    return OpenAI().chat.completions.create(model=config.model, messages=[])


nightly = define_asset_job(
    "nightly", selection=["labels", "ranks"], config=RunConfig(ops={"labels": LabelConfig(model="gpt-4.1")})
)
weekly = define_asset_job("weekly", config={"ops": {"ranks": {"config": {"model": "o3"}}}})
defs = Definitions(assets=[labels, ranks, tags], jobs=[nightly, weekly])
