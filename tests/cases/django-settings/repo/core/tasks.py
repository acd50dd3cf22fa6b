from celery import shared_task
from django.conf import settings
from openai import OpenAI


@shared_task
def answer(question):
    client = OpenAI(api_key=settings.OPENAI_API_KEY)
    client.chat.completions.create(model=settings.LLM_MODEL, messages=[question])
    return client.chat.completions.create(model=getattr(settings, "SMALL_MODEL", "o3"), messages=[question])
