from openai import OpenAI


def summarise(reviews, model):
    return OpenAI().responses.create(model=model, input=reviews)


def label(rows, options):
    return OpenAI().responses.create(model=options["model"], input=rows)
