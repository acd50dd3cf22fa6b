"""One training run: have a model label candidate pairs, then fit the matcher on the labels."""

import argparse
import json
from pathlib import Path
from typing import Any

from orchestrator.client import ask
from orchestrator.prompts import SAME_ENTITY, says_same
from orchestrator.settings import project_settings
from training.fit import fit, save


def label_pairs(pairs: list[dict[str, Any]]) -> list[bool]:
    """Whether each pair is one entity, by the model's word."""
    model = project_settings().llm.training_model_name
    return [
        says_same(ask(model, SAME_ENTITY.format(left=p["left"], right=p["right"]), caller="entity-training.train"))
        for p in pairs
    ]


def main() -> None:
    """Label, fit, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="JSON Lines: left, right, features")
    parser.add_argument("--output", type=Path, required=True, help="where the fitted matcher goes")
    arguments = parser.parse_args()
    pairs = [json.loads(line) for line in arguments.pairs.read_text().splitlines()]
    save(fit([p["features"] for p in pairs], label_pairs(pairs)), arguments.output)


if __name__ == "__main__":
    main()
