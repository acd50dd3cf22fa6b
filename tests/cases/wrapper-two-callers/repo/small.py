from common import ask, settings

ask(settings()["fast_model"], "hello")
