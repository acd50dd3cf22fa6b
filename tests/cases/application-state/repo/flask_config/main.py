from flask import Flask, current_app
from openai import OpenAI
app = Flask(__name__)
app.config["MODEL"] = "gpt-4o"
@app.route("/")
def root():
    return OpenAI().chat.completions.create(model=current_app.config["MODEL"], messages=[])
