from app.client import ask
from app.settings import load

ask(load().llm.model, "hello")
