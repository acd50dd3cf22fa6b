from openai import OpenAI


def run(event, context):
    return OpenAI().embeddings.create(model="text-embedding-3-small", input=event["text"])
