from functools import lru_cache
from fastapi import Depends, FastAPI
from openai import AsyncOpenAI
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    chat_model: str = "gpt-4o"
@lru_cache
def get_settings():
    return Settings()
app = FastAPI()
@app.post("/")
async def post(settings: Settings = Depends(get_settings)):
    return await AsyncOpenAI().chat.completions.create(model=settings.chat_model, messages=[])
