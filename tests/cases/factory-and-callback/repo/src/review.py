from openai import OpenAI


def review(event, model):
    return OpenAI().chat.completions.create(model=model, messages=event["messages"])
