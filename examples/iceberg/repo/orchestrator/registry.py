"""What a trained matcher was made with, as the catalogue team's notebook records it."""

from orchestrator.settings import project_settings


def entry(matcher: str, trained_on: str) -> dict[str, str]:
    """One row of the model registry."""
    return {"matcher": matcher, "trained_on": trained_on, "llm": project_settings().llm.llm_model_name}
