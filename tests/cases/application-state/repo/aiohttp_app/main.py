from aiohttp import web
from openai import OpenAI
class H:
    def __init__(self, model): self.model = model; self.c = OpenAI()
    def ask(self, q): return self.c.chat.completions.create(model=self.model, messages=[])
async def root(request):
    return request.app["h"].ask("x")
app = web.Application()
app["h"] = H("gpt-4o")
app.router.add_get("/", root)
web.run_app(app)
