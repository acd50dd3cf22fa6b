"""The formats that are read: one entry each. Adding a format is one module and one line here."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import cast

from modelguard.extract import dotenv
from modelguard.extract.facts import Facts

Extractor = Callable[[bytes], Facts]


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is recognised and read.

    `path` recognises a file by its path; `marker` is the cheap look at the bytes, in lower case (which is twice as fast
    as a pattern for both): without a match the file is only parsed when something that matters refers to it.
    """

    name: str
    path: re.Pattern[str]
    marker: re.Pattern[bytes]
    module: str
    function: str = "extract"

    def marks(self, data: bytes) -> bool:
        """Whether the marker is in the bytes of a file."""
        return self.marker.search(data.lower()) is not None

    def extractor(self) -> Extractor:
        """The function that reads one file's bytes; its module is imported now."""
        return cast(Extractor, getattr(import_module(self.module), self.function))


_CONFIG = re.compile(
    rb"(?m)scripts\]|model|llm|embed|api_?-?key|token|secret|environ|anthropic|openai|bedrock|claude|gpt-|gemini|\bkind:|^services:"
    rb"|^functions:|\bhandler:|aws::|entrypoint|startcommand|script:|graphs|endpoints:|deployments:|compatibility_date"
    rb"|containerdefinitions"
)

_CLIENTS = (
    rb"openai|anthropic|bedrock|litellm|mistral|ollama|cohere|groq|genai|generative-?ai|vertexai|aiplatform|langchain|chatgpt"
    rb"|openrouter|chat/completions|v1/messages|/embeddings|/responses|/api/(?:generate|chat|embed)|invoke_?model"
    rb"|\bllm|_llm|claude-|gpt-\d|gemini-|api_?key|model_?name|model_?id"
)
"""Names of client libraries, ends of URLs, and words that come with either, in any language."""
_PYTHON = re.compile(
    _CLIENTS
    + rb"|llama_index|crewai|dspy|haystack|instructor|pydantic_ai|semantic_kernel|sentence_?transformer|smolagents"
    rb"|autogen|guidance|ragas|deepeval|embedding_functions|langfuse|replicate|voyageai|huggingface_hub"
    rb"|(?:from|import) (?:strands|together|agents)\b|langgraph|deepagents|google\.adk"
    rb"|get_secret_value|console_scripts|aws_cdk|\bkfp\b|[\"']model[\"']\s*:"
)

FORMATS: tuple[Format, ...] = (
    # Python files that matter are found by imports, from those that spend (see store.py); the marker is the start.
    Format(
        "python",
        re.compile(r"\.py$"),
        _PYTHON,
        "modelguard.extract.python",
    ),
    Format("notebook", re.compile(r"\.ipynb$"), _PYTHON, "modelguard.extract.notebook"),
    # What a bundler made, libraries that were copied in and declarations of types say nothing of their own.
    Format(
        "typescript",
        re.compile(
            r"^(?!(?:.*/)?(?:node_modules|bower_components|dist|\.next|\.nuxt|vendor)/)(?!.*\.(?:min|bundle)\.)(?!.*\.d\.[cm]?ts$)"
            r".*\.(?:[cm]?tsx?|[cm]?jsx?)$"
        ),
        re.compile(
            _CLIENTS + rb"|@ai-sdk|[\"']ai[\"'/]|generatetext|streamtext|together-ai|[\"']replicate[\"']|aws-cdk-lib"
            rb"|[\"']aws-sdk|deepagents|@cf/|@mastra/|genkit|llamaindex|@huggingface/|ai-inference|@cerebras|workers-ai|portkey|posthog/ai|voyageai|cloudflare:workers"
            rb"|@serverless/typescript|\bmodel:"
        ),
        "modelguard.extract.typescript",
    ),
    # Scripts with Python inside; others are read where something runs them.
    Format(
        "shell",
        re.compile(r"\.(?:sh|bash)$"),
        re.compile(rb"python[\d.]*[ \t]+(?:-\w+[ \t]+)*(?:-\w*c[ \t]|-?[ \t]*<<)|model[\w-]*[= ]"),
        "modelguard.extract.shell",
    ),
    # Workflows say what runs, whatever words they hold.
    Format(
        "workflow",
        re.compile(
            r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$|(?:^|/)action\.ya?ml$|(?:^|/)\.circleci/config\.ya?ml$"
            r"|(?:^|/)azure-pipelines[\w.-]*\.ya?ml$|(?:^|/)\.gitlab-ci[\w.-]*\.ya?ml$|(?:^|/)\.gitlab/[\w./-]+\.ya?ml$"
        ),
        re.compile(rb""),
        "modelguard.extract.yaml_file",
    ),
    Format("yaml", re.compile(r"\.(?:ya?ml|json)$|(?<!env)\.template$"), _CONFIG, "modelguard.extract.yaml_file"),
    Format("jsonc", re.compile(r"\.jsonc$"), _CONFIG, "modelguard.extract.yaml_file", "extract_jsonc"),
    Format(
        "terraform",
        re.compile(r"\.(?:tf|tofu)$|(?:^|/)terragrunt\.hcl$"),
        re.compile(rb""),
        "modelguard.extract.terraform",
    ),
    Format(
        "tfvars",
        re.compile(r"\.tfvars$"),
        re.compile(rb""),
        "modelguard.extract.terraform",
        "extract_tfvars",
    ),
    Format("bicep", re.compile(r"\.bicep(?:param)?$"), re.compile(rb""), "modelguard.extract.bicep"),
    Format("procfile", re.compile(r"(?:^|/)Procfile(?:\.\w+)?$"), re.compile(rb""), "modelguard.extract.procfile"),
    Format("toml", re.compile(r"\.toml$"), _CONFIG, "modelguard.extract.toml_file"),
    Format(
        "setup.cfg", re.compile(r"(?:^|/)setup\.cfg$"), re.compile(rb"console_scripts"), "modelguard.extract.setup_cfg"
    ),
    Format("ini", re.compile(r"\.(?:ini|cfg|conf)$"), _CONFIG, "modelguard.extract.ini_file"),
    Format(
        "dotenv",
        dotenv.PATHS,
        re.compile(rb""),
        "modelguard.extract.dotenv",
    ),
    Format(
        "dockerfile",
        re.compile(r"(?:^|/)(?:Dockerfile|Containerfile)(?:[._-][\w.-]+)?$|\.[Dd]ockerfile$"),
        re.compile(rb""),
        "modelguard.extract.dockerfile",
    ),
)


@lru_cache(maxsize=1)
def readers_stamp() -> str:
    """What tells this state of the extractors from another, for the facts cache: size and time of their sources."""
    folder = Path(__file__).parent
    found = sorted((p.name, s.st_size, s.st_mtime_ns) for p in folder.glob("*.py") if (s := p.stat()))
    return hashlib.sha256(repr((found, sys.version_info[:2])).encode()).hexdigest()[:16]


@lru_cache(maxsize=65_536)
def format_of(path: str) -> Format | None:
    """The format that reads this path, or None."""
    return next((f for f in FORMATS if f.path.search(path)), None)


def format_named(name: str) -> Format:
    """The format of this name; KeyError where there is none."""
    for known in FORMATS:
        if known.name == name:
            return known
    raise KeyError(name)
