class Config:
    OPENAI_MODEL = "gpt-4o-mini"
