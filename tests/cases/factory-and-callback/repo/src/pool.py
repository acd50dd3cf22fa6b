import asyncio


class Pool:
    def __init__(self, handler):
        self._handler = handler

    def start(self):
        asyncio.get_running_loop().create_task(self._loop())

    async def _loop(self):
        while True:
            await self._handler(await self._next())

    async def _next(self):
        return {}
