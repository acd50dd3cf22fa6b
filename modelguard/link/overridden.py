"""Methods of classes that extend a library's, which the library calls: by the start of the full name of what is extended.

From each library's documentation of what is to be overridden; of other libraries' classes, what nothing in the tree calls by
its name is taken to be called by the library (see called_back.py).
"""

from __future__ import annotations

import re

_QUERIES = r"_?(?:query|aquery|retrieve|aretrieve|complete|chat|get_\w+embedding\w*)|custom_query"
_OVERRIDDEN = {
    "threading.": r"run",
    "multiprocessing.": r"run",
    "cmd.Cmd": r"(?:do|complete)_\w+|default|precmd|postcmd",
    "html.parser.": r"handle_\w+",
    "ast.": r"visit_\w+|generic_visit",
    "asyncio.": r"data_received|connection_\w+",
    "airflow.": r"execute|poke",
    "apache_beam.": r"process|setup",
    "autogen": r"on_\w+|generate_\w+",
    "botbuilder.": r"on_\w+",
    "chainlit.": r"on_\w+",
    "crewai.": r"_run",
    "deepeval.": r"generate|a_generate|measure|a_measure",
    "discord.": r"on_\w+|setup_hook|cog_load",
    "dspy.": r"forward|aforward",
    "google.adk.": r"_?run\w*",
    "haystack.": r"run|run_async",
    "langchain": r"_(?:call|run|arun|generate|agenerate|get_relevant_documents|aget_relevant_documents|invoke)|invoke",
    "livekit.": r"on_\w+",
    "llama_index.": _QUERIES,
    "locust.": r"on_start",
    "luigi.": r"run",
    "pydantic": r"model_post_init|validate_\w+",
    "PyQt": r"run|\w+Event",
    "PySide": r"run|\w+Event",
    "rasa_sdk.": r"run|validate_\w+",
    "ray.": r"__call__",
    "scrapy.": r"parse\w*|start_requests|start|process_item",
    "smolagents.": r"forward",
    "strands.": r"stream|invoke_async",
    "textual.": r"on_\w+|action_\w+|compose",
    "torch.": r"forward|__getitem__|\w+_step",
    "watchdog.": r"on_\w+|dispatch",
}


def patterns(name: str) -> list[re.Pattern[str]]:
    """What methods are called that a library calls of classes which extend this one of its own; none where it is not known."""
    return [re.compile(p) for start, p in _OVERRIDDEN.items() if name.startswith(start)]
