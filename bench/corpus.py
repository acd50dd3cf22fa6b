"""Build a corpus of millions of real lines: the wheels of libraries around language models, unpacked, never installed.

Usage: python bench/corpus.py FOLDER. Needs the package index; what it lacks is named and left out.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

WHEELS = (
    "openai==1.98.0 anthropic==0.60.0 litellm==1.80.0 langchain-community==0.3.27 llama-index-core==0.12.52 crewai==0.150.0"
    " dspy==2.6.27 haystack-ai==2.16.1 pydantic-ai-slim==0.4.11 instructor==1.10.0 guidance==0.2.5 transformers==4.54.1"
    " mlflow==3.1.4 dagster==1.11.4 prefect==3.4.11 kfp==2.14.1 metaflow==2.16.8 apache-airflow-providers-amazon==9.9.0"
).split()


def main(folder: Path) -> int:
    """Fill `folder` and say how many files it has; 1 where nothing could be had."""
    wheels, corpus = folder / "wheels", folder / "repo"
    wheels.mkdir(parents=True, exist_ok=True)
    for name in WHEELS:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        if subprocess.run([*pip, "-d", str(wheels), name], check=False).returncode:
            print(f"left out: {name}", file=sys.stderr)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(corpus, [n for n in archive.namelist() if n.endswith((".py", ".json", ".yaml", ".yml"))])
    files = sum(1 for p in corpus.rglob("*") if p.is_file())
    print(f"{files:,} files in {corpus}; now: python bench/run.py {corpus}")
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
