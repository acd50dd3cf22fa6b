from llm import ask


def handler(event, context):
    return ask(event["text"])
