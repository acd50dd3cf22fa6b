from flytekit import task, workflow
from openai import OpenAI


@task
def draft(model: str) -> str:
    return OpenAI().responses.create(model=model, input="draft").output_text


@workflow
def drafts(model: str = "o3-mini") -> str:
    return draft(model=model)
