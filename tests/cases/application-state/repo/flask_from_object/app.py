from flask import Flask, current_app
from openai import OpenAI

from settings import Config

app = Flask(__name__)
app.config.from_object(Config)


@app.route("/")
def root():
    return OpenAI().chat.completions.create(model=current_app.config.get("OPENAI_MODEL"), messages=[])
