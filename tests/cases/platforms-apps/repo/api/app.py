import os

from chalice import Chalice
from openai import OpenAI

app = Chalice(app_name="notes")


@app.route("/")
def index():
    return OpenAI().responses.create(model=os.environ["NOTES_MODEL"], input="x").output_text
