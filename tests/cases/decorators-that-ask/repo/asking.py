import functools

from openai import AsyncOpenAI, OpenAI


def answered_by(model, temperature=0):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            prompt = function(*args, **kwargs)
            return OpenAI().responses.create(model=model, input=prompt)

        return wrapper

    return decorate


def summarised(function):
    async def wrapper(*args):
        return await AsyncOpenAI().responses.create(model="gpt-4.1-nano", input=function(*args))

    return wrapper


def timed(function):
    def wrapper(*args):
        return function(*args)

    return wrapper
