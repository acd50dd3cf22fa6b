from openai import OpenAI
from zenml import pipeline, step


@step
def grade(model: str) -> str:
    return OpenAI().responses.create(model=model, input="grade").output_text


@pipeline
def grades():
    grade(model="gpt-4.1")


if __name__ == "__main__":
    grades()
