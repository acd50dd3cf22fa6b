"""The words that stand before a model's name: LiteLLM's provider routes, Bedrock's profiles and vendors, who makes what.

Provider ids are genai-prices' own, or LiteLLM's where genai-prices does not know the provider.
Sources: https://docs.litellm.ai/docs/providers, `litellm.model_list`, and the supported regions and models pages of
https://docs.aws.amazon.com/bedrock/latest/userguide/, read 2026-11-23.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

ROUTES: Final = MappingProxyType(
    {
        # Amazon
        "bedrock": "aws", "bedrock_converse": "aws", "bedrock_mantle": "aws", "aws": "aws", "amazon": "",
        "amazon-nova": "amazon-nova", "sagemaker": "sagemaker", "sagemaker_chat": "sagemaker",
        # makers with an API of their own
        "anthropic": "anthropic", "openai": "openai", "text-completion-openai": "openai", "gemini": "google",
        "google": "google", "models": "google", "vertex_ai": "google", "vertex_ai_beta": "google", "vertex": "google",
        "google_genai": "google", "google-vertex": "google", "google-gla": "google",
        "cohere": "cohere", "cohere_chat": "cohere", "mistral": "mistral", "mistralai": "mistral",
        "codestral": "mistral", "text-completion-codestral": "mistral", "xai": "x-ai", "x-ai": "x-ai",
        "deepseek": "deepseek", "deepseek-ai": "deepseek", "perplexity": "perplexity", "moonshot": "moonshotai",
        "moonshotai": "moonshotai", "minimax": "minimax", "zai": "zai", "z-ai": "zai", "zhipuai": "zhipuai",
        "voyage": "voyageai", "voyageai": "voyageai", "elevenlabs": "elevenlabs", "ai21": "ai21", "meta": "meta",
        "meta_llama": "meta", "meta-llama": "", "dashscope": "dashscope", "qwen": "", "nvidia": "",
        # clouds and resellers
        "azure": "azure", "azure_ai": "azure", "azure_text": "azure", "openrouter": "openrouter", "groq": "groq",
        "together_ai": "together", "together": "together", "fireworks_ai": "fireworks", "accounts": "fireworks",
        "fireworks": "fireworks",
        "deepinfra": "deepinfra", "cerebras": "cerebras", "databricks": "databricks", "cloudflare": "cloudflare",
        "@cf": "cloudflare",
        "novita": "novita", "nebius": "nebius", "replicate": "replicate", "sambanova": "sambanova",
        "hyperbolic": "hyperbolic", "nscale": "nscale", "ovhcloud": "ovhcloud", "baseten": "baseten",
        "github": "github", "github_copilot": "github-copilot", "snowflake": "snowflake", "watsonx": "watsonx",
        "oci": "oci", "vercel_ai_gateway": "vercel_ai_gateway", "nvidia_nim": "nvidia_nim", "ollama": "ollama",
        "ollama_chat": "ollama", "hosted_vllm": "hosted_vllm", "vllm": "hosted_vllm", "huggingface": "huggingface",
        "wandb": "wandb", "lambda_ai": "lambda_ai", "scaleway": "scaleway", "gradient_ai": "gradient_ai",
        # a proxy's alias: who bills behind it is the proxy's secret
        "litellm_proxy": "",
    }
)  # fmt: skip
"""First segment of a route -> provider that bills."""

BEDROCK_PROFILES: Final = ("us-gov", "us", "eu", "apac", "jp", "au", "ca", "in", "sa", "me", "af", "global")
"""Geographies of cross-region inference profiles; longer ones first, so that `us-gov` is not read as `us`."""

VENDORS: Final = (
    "anthropic", "amazon", "meta", "mistral", "cohere", "ai21", "deepseek", "qwen", "openai", "stability", "twelvelabs",
    "luma", "writer", "google", "moonshotai", "moonshot", "minimax", "nvidia", "zai", "xai",
)  # fmt: skip

VENDORS_WITHOUT_NAME: Final = MappingProxyType({"deepseek": "deepseek-"})
"""Vendors whose Bedrock ids leave their name out of the model's (`deepseek.r1-v1:0` is deepseek-r1 elsewhere)."""

AZURE_SCOPES: Final = MappingProxyType(
    {"eu": "eu", "us": "us", "global": "global", "global-standard": "global", "standard": "", "datazone": ""}
)

MAKERS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("claude-",), "anthropic"),
    (("gpt-oss",), ""),
    (("gpt-", "chatgpt-", "o1", "o3", "o4-", "text-embedding-3-", "text-embedding-ada", "whisper-1", "tts-1", "dall-e-",
      "omni-moderation", "ft:gpt-", "computer-use-preview", "codex-"), "openai"),
    (("gemini-", "text-embedding-00", "gemma-3n"), "google"),
    (("grok-",), "x-ai"),
    (("command-", "embed-english-", "embed-multilingual-", "rerank-v", "c4ai-"), "cohere"),
    (("mistral-", "codestral-", "magistral-", "ministral-", "devstral-", "pixtral-", "open-mi", "voxtral-"), "mistral"),
    (("deepseek-chat", "deepseek-reasoner"), "deepseek"),
    (("kimi-", "moonshot-"), "moonshotai"),
    (("sonar-",), "perplexity"),
    (("voyage-",), "voyageai"),
    (("glm-",), "zhipuai"),
    (("minimax-m",), "minimax"),
)  # fmt: skip
"""Prefix of a bare name -> the provider whose own API answers to it; open-weight families belong to nobody."""
