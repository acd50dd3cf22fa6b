import os

from flask import Flask
from openai import OpenAI

app = Flask(__name__)


@app.route("/")
def ask():
    return OpenAI().chat.completions.create(model=os.environ["CLOUD_MODEL"], messages=[])
