from django.views.generic import View
from openai import OpenAI


class Writer:
    def write(self, text):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[text])


class Describe(View):
    def post(self, request):
        return Writer().write(request.body)
