from anthropic import Anthropic
from openai import OpenAI
from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    anthropic_api_key: str = ""
    openai_api_key: str | None = None
    mistral_api_key: str | None = Field(default=None, validation_alias="MISTRAL_KEY")


settings = Settings()
Anthropic(api_key=settings.anthropic_api_key).messages.create(model="claude-sonnet-4-5", messages=[], max_tokens=5)
OpenAI(api_key=settings.openai_api_key).chat.completions.create(model="gpt-4o", messages=[])
