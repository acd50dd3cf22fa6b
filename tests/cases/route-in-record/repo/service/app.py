from dataclasses import dataclass
from typing import Callable

from sanic import Sanic

from service.handlers import health, on_question

api = Sanic("answers")


@dataclass
class Route:
    handler: Callable
    path: str


for route in [Route(on_question, "/ask"), Route(health, "/health")]:
    api.add_route(handler=route.handler, uri=route.path)

if __name__ == "__main__":
    api.run()
