"""Prices as providers publish them, for the table test. USD per million tokens; each with where and when it was read.

`read` is the day of the page's state where it says one, else the month that its newest models tell. Provider pages are
quoted where the index holds them; the others are named as what they are: people's notes of what they read there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SOURCES = {
    "claude-2026-03": ("https://platform.claude.com/docs/en/docs/about-claude/pricing", "2026-03, newest is Opus 4.6"),
    "claude-2026-09": (
        "https://platform.claude.com/docs/en/about-claude/pricing?ref=optimizesmart.com",
        "2026-09, newest is Fable 5.1",
    ),
    "bedrock-claude": (
        "https://clauder-navi.com/en/bedrock-claude-cost/",
        "2026-05, notes of aws.amazon.com/bedrock/pricing: regional endpoints cost 10 % more, batch half",
    ),
    "bedrock-5-5": (
        "https://apify.com/apify/aws-bedrock-proxy",
        "2026-10, a reseller's table at cost of Bedrock's regional profiles",
    ),
    "openai-priority": ("https://openai.com/api-priority-processing/", "2026-05, newest is GPT-5.5"),
    "openai-2026-05": (
        "https://github.com/api-evangelist/openai/blob/0047de3a4983ffb66eabe0a20acb12672cba2392/plans/openai-plans-pricing.yml",
        "2026-05-04, notes of developers.openai.com/api/docs/pricing",
    ),
    "openai-classic": (
        "https://raw.githubusercontent.com/outl1ne/openai-pricing/refs/heads/main/pricing.json",
        "2025-08, notes of openai.com/api/pricing, with its batch discount",
    ),
    "audited-2026-09": (
        "https://github.com/TheKrush/PromptFuel/releases/tag/v1.0.21",
        "2026-09-23, notes audited against the providers' pages",
    ),
    "audited-2026-10": (
        "https://github.com/TheKrush/PromptFuel/releases",
        "2026-10-16, notes audited against the providers' pages",
    ),
    "nova": (
        "https://huggingface.co/spaces/Presidentlin/llm-pricing-calculator/commit/915784a89ab583f94bce7cdd61d156c62b745aaa",
        "2025-12, notes of aws.amazon.com/bedrock/pricing",
    ),
    "gemini": (
        "https://deploybase.ai/articles/gemini-api-pricing-2026",
        "2026-03, notes of ai.google.dev/gemini-api/docs/pricing",
    ),
    "gemini-batch": (
        "https://raw.githubusercontent.com/api-evangelist/gemini/refs/heads/main/plans/gemini-plans-pricing.yml",
        "2026-09-20, transcript of ai.google.dev/gemini-api/docs/pricing: batch halves it",
    ),
    "gemini-dated": (
        "https://github.com/SergeevDmitry/llm-kit/releases/tag/usage-tab%401.2.0",
        "2026-09-07, promotion of Gemini 3.6 Flash until 2026-12-31",
    ),
}


@dataclass(frozen=True)
class Case:
    """A model as somebody writes it, on a day, by a service, with a prompt of so many tokens: what it costs."""

    model: str
    input: str
    output: str
    source: str
    cache_read: str = ""
    cache_write: str = ""
    cache_write_1h: str = ""
    service: str = "standard"
    prompt: int = 1000
    on: date = date(2026, 11, 1)


def _claude(source: str, route: str, table: str) -> list[Case]:
    """Rows of Anthropic's own table: model, input, 5-minute write, 1-hour write, read, output."""
    cases = []
    for line in table.strip().splitlines():
        name, base, write, hour, read, output = line.split()
        cases.append(Case(route + name, base, output, source, read, write, hour))
    return cases


CASES = [
    *_claude(
        "claude-2026-03",
        "anthropic/",
        """
        claude-opus-4-6 5 6.25 10 0.50 25
        claude-opus-4-5-20251101 5 6.25 10 0.50 25
        claude-opus-4-1-20250805 15 18.75 30 1.50 75
        claude-opus-4-20250514 15 18.75 30 1.50 75
        claude-sonnet-4-6 3 3.75 6 0.30 15
        claude-sonnet-4-5-20250929 3 3.75 6 0.30 15
        claude-sonnet-4-20250514 3 3.75 6 0.30 15
        claude-3-7-sonnet-20250219 3 3.75 6 0.30 15
        claude-haiku-4-5-20251001 1 1.25 2 0.10 5
        claude-3-5-haiku-20241022 0.80 1 1.6 0.08 4
        claude-3-opus-20240229 15 18.75 30 1.50 75
        claude-3-haiku-20240307 0.25 0.30 0.50 0.03 1.25
        """,
    ),
    *_claude(
        "claude-2026-09",
        "anthropic/",
        """
        claude-fable-5-1 10 12.50 20 0.25 50
        claude-fable-5 10 12.50 20 1 50
        claude-opus-5 5 6.25 10 0.50 25
        claude-opus-4-8 5 6.25 10 0.50 25
        claude-opus-4-7 5 6.25 10 0.50 25
        """,
    ),
    *_claude("audited-2026-09", "anthropic/", "claude-opus-5-5 4 5 8 0.20 20"),
    *_claude("audited-2026-10", "anthropic/", "claude-haiku-5-5 0.10 0.125 0.20 0.01 0.50"),
    *_claude("audited-2026-10", "anthropic/", "claude-sonnet-5-5 2 2.50 4 0.10 10"),
    *_claude("claude-2026-09", "vertex_ai/", "claude-opus-4-6 5 6.25 10 0.50 25"),
    Case("anthropic/claude-sonnet-4-5", "1.5", "7.5", "bedrock-claude", service="batch"),
    Case("anthropic/claude-opus-4-6", "2.5", "12.5", "bedrock-claude", service="batch"),
    Case("anthropic/claude-haiku-4-5", "0.5", "2.5", "bedrock-claude", service="batch"),
    # Bedrock: global profiles at Anthropic's prices, regional ones 10 % above, from Sonnet 4.5 on
    Case("bedrock/global.anthropic.claude-sonnet-4-6", "3", "15", "bedrock-claude", "0.3", "3.75"),
    Case("bedrock/us.anthropic.claude-sonnet-4-6", "3.3", "16.5", "bedrock-claude", "0.33", "4.125"),
    Case("bedrock/eu.anthropic.claude-sonnet-4-6", "3.3", "16.5", "bedrock-claude", "0.33", "4.125"),
    Case("bedrock/jp.anthropic.claude-sonnet-4-6", "3.3", "16.5", "bedrock-claude"),
    Case("bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0", "1", "5", "bedrock-claude", "0.1", "1.25"),
    Case("bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", "1.1", "5.5", "bedrock-claude", "0.11", "1.375"),
    Case("bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0", "1.1", "5.5", "bedrock-claude"),
    Case("bedrock/global.anthropic.claude-opus-4-7", "5", "25", "bedrock-claude", "0.5", "6.25"),
    Case("bedrock/us.anthropic.claude-opus-4-7", "5.5", "27.5", "bedrock-claude", "0.55", "6.875"),
    Case("bedrock/us.anthropic.claude-opus-4-6-v1", "5.5", "27.5", "bedrock-claude"),
    Case("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3", "16.5", "bedrock-claude"),
    Case("bedrock/us.anthropic.claude-sonnet-4-6", "1.65", "8.25", "bedrock-claude", service="batch"),
    Case("bedrock/us.anthropic.claude-haiku-5-5", "0.11", "0.55", "bedrock-5-5", "0.011", "0.1375", "0.22"),
    Case("bedrock/us.anthropic.claude-sonnet-5-5", "2.2", "11", "bedrock-5-5", "0.11", "2.75", "4.4"),
    Case("bedrock/us.anthropic.claude-opus-5-5", "4.4", "22", "bedrock-5-5", "0.22", "5.5", "8.8"),
    Case("bedrock/us.amazon.nova-micro-v1:0", "0.035", "0.14", "nova"),
    Case("bedrock/us.amazon.nova-lite-v1:0", "0.06", "0.24", "nova"),
    Case("bedrock/us.amazon.nova-pro-v1:0", "0.8", "3.2", "nova"),
    Case("bedrock/us.amazon.nova-premier-v1:0", "2.5", "12.5", "nova"),
    Case("bedrock/us.amazon.nova-micro-v1:0", "0.0175", "0.07", "nova", service="batch"),
    Case("bedrock/us.amazon.nova-lite-v1:0", "0.03", "0.12", "nova", service="batch"),
    Case("bedrock/us.amazon.nova-pro-v1:0", "0.4", "1.6", "nova", service="batch"),
    # OpenAI
    Case("openai/gpt-5.5", "5", "30", "openai-2026-05", "0.5"),
    Case("openai/gpt-5.5-pro", "30", "180", "openai-2026-05"),
    Case("openai/gpt-5.4", "2.5", "15", "openai-2026-05", "0.25"),
    Case("openai/gpt-5.4-mini", "0.75", "4.5", "openai-2026-05", "0.075"),
    Case("openai/gpt-5.4-nano", "0.2", "1.25", "openai-2026-05", "0.02"),
    Case("gpt-4o", "2.5", "10", "openai-classic", "1.25"),
    Case("gpt-4o-2024-05-13", "5", "15", "openai-classic"),
    Case("gpt-4o-mini", "0.15", "0.6", "openai-classic", "0.075"),
    Case("openai/gpt-4.1", "2", "8", "openai-classic", "0.5"),
    Case("openai/gpt-4.1-mini", "0.4", "1.6", "openai-classic", "0.1"),
    Case("openai/gpt-4.1-nano", "0.1", "0.4", "openai-classic", "0.025"),
    Case("openai/gpt-5", "1.25", "10", "openai-classic", "0.125"),
    Case("openai/gpt-5-mini", "0.25", "2", "openai-classic", "0.025"),
    Case("openai/gpt-5-nano", "0.05", "0.4", "openai-classic", "0.005"),
    Case("openai/o1", "15", "60", "openai-classic", "7.5"),
    Case("openai/o4-mini", "1.1", "4.4", "openai-classic", "0.275"),
    Case("gpt-4o", "1.25", "5", "openai-classic", service="batch"),
    Case("openai/gpt-4.1", "1", "4", "openai-classic", service="batch"),
    Case("openai/gpt-5", "0.625", "5", "openai-classic", service="batch"),
    Case("openai/gpt-5-mini", "0.125", "1", "openai-classic", service="batch"),
    Case("openai/gpt-5", "2.5", "20", "openai-priority", "0.25", service="priority"),
    Case("openai/gpt-5-mini", "0.45", "3.6", "openai-priority", "0.045", service="priority"),
    Case("openai/gpt-5.4", "5", "30", "openai-priority", "0.5", service="priority"),
    Case("openai/gpt-4.1", "3.5", "14", "openai-priority", "0.875", service="priority"),
    Case("openai/gpt-6-sol", "2", "10", "audited-2026-09", "0.2", "2.5"),
    Case("openai/gpt-6-luna", "0.1", "0.5", "audited-2026-09", "0.01", "0.125"),
    # Google
    Case("gemini/gemini-2.5-pro", "1.25", "10", "gemini"),
    Case("gemini/gemini-2.5-pro", "2.5", "15", "gemini", prompt=200_001),
    Case("gemini/gemini-2.5-flash", "0.3", "2.5", "gemini"),
    Case("gemini/gemini-2.5-pro", "0.625", "5", "gemini-batch", service="batch"),
    Case("gemini/gemini-2.5-flash", "0.15", "1.25", "gemini-batch", service="batch"),
    Case("vertex_ai/gemini-2.5-pro", "1.25", "10", "gemini"),
    # announced changes
    Case("gemini/gemini-3.6-flash", "0.75", "3.75", "gemini-dated", on=date(2026, 12, 1)),
    Case("gemini/gemini-3.6-flash", "1.5", "7.5", "gemini-dated", on=date(2027, 1, 2)),
]
