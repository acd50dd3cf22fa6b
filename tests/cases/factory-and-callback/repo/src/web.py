from fastapi import FastAPI

from pool import Pool
from review import review


def make():
    app = FastAPI()

    async def handle(event):
        return review(event, model="gpt-4.1")

    Pool(handle).start()
    return app
