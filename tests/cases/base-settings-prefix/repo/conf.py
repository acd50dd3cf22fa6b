from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CHAT_")
    model: str = "gpt-3.5-turbo"


settings = Settings()
