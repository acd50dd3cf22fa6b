"""The project's settings: one YAML file, read once a process."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel

PROJECT_FILE = Path(__file__).parent.parent / "config" / "project.yaml"


class LlmSettings(BaseModel):
    """Which model answers, and how."""

    llm_model_name: str
    max_output_tokens: int = 1024
    temperature: float = 0.0


class MatchingSettings(BaseModel):
    """When two records count as the same entity."""

    batch_size: int = 16
    accept_above: float
    review_above: float


class ProjectSettings(BaseModel):
    """All of `config/project.yaml`."""

    project: str
    region: str
    llm: LlmSettings
    matching: MatchingSettings


@cache
def project_settings(path: Path = PROJECT_FILE) -> ProjectSettings:
    """Read the settings from `path`; the file is read once."""
    return ProjectSettings(**yaml.safe_load(Path(path).read_text()))
