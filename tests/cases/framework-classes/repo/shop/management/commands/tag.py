from django.core.management.base import BaseCommand
from openai import OpenAI


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--model", default="gpt-4o-mini")

    def handle(self, *args, **options):
        OpenAI().chat.completions.create(model=options["model"], messages=[])
