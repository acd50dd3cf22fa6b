DEFAULT = {
    "SMART_LLM": "openai:gpt-4.1",
    "PLAIN_MODEL": "gpt-4o-mini",
    "OTHER": 3,
}
