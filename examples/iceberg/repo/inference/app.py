"""The matching API: are these two records one entity?"""

from fastapi import FastAPI
from pydantic import BaseModel

from orchestrator.client import ask
from orchestrator.prompts import SAME_ENTITY, says_same
from orchestrator.settings import project_settings

MODEL = project_settings().llm.llm_model_name

app = FastAPI(title="Entity matching")


class Pair(BaseModel):
    """Two catalogue records as text."""

    left: str
    right: str


@app.post("/match")
def match(pair: Pair) -> dict[str, bool]:
    """Whether both records are one entity."""
    answer = ask(MODEL, SAME_ENTITY.format(left=pair.left, right=pair.right), caller="inference-api")
    return {"same": says_same(answer)}


@app.get("/healthz")
def healthz() -> dict[str, str]:
    """Alive; costs nothing."""
    return {"status": "ok"}
