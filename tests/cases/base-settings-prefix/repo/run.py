from client import ask
from conf import settings

ask(settings.model, "hello")
