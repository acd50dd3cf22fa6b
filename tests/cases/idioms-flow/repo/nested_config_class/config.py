class Config:
    class LLM:
        MODEL = "gpt-4o"
