from flask import Blueprint
from openai import OpenAI
bp = Blueprint("chat", __name__)
@bp.route("/", methods=["POST"])
def chat():
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
