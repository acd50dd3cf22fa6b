"""Nodes of a graph that nothing in this repository runs yet."""

from openai import OpenAI


def ask(client: OpenAI, model: str, text: str) -> str:
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])


def make_weather_node(client: OpenAI, default_model: str = "gpt-4.1-mini"):
    def weather_node(state: dict) -> dict:
        return {"answer": ask(client, default_model, state["question"])}

    return weather_node


def summarise(text: str) -> str:
    return ask(OpenAI(api_key=""), "gpt-4o", text)
