from llm import ask

def setup(app):
    @app.post("/chat")
    def chat(q: str):
        return ask(q)
