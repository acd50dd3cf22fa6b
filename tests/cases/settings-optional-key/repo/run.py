from openai import OpenAI
from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    gateway_api_key: SecretStr | None = None
    review_model: str = "gpt-4.1"


def main():
    settings = Settings()
    kwargs = {"timeout": 3}
    if settings.gateway_api_key is not None:
        kwargs["api_key"] = settings.gateway_api_key.get_secret_value()
    OpenAI(**kwargs).chat.completions.create(model=settings.review_model, messages=[])


main()
