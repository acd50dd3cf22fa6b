from common import ask, settings

ask(settings()["large_model"], "hello")
