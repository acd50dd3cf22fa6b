from flask import Flask
from openai import OpenAI

def ask(q):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": q}])

def create_app():
    app = Flask(__name__)

    @app.route("/x")
    def x():
        return ask("q")

    return app

app = create_app()
