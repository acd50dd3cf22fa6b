from jobs.celery_app import celery_app
from openai import OpenAI


@celery_app.task
def summarise(text):
    return OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": text}])
