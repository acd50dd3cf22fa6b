from django.conf import settings
from django.http import JsonResponse
from openai import OpenAI
def ask(request):
    r = OpenAI().chat.completions.create(model=settings.OPENAI_MODEL, messages=[])
    return JsonResponse({})
