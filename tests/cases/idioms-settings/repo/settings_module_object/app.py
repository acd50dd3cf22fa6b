from flask import Flask
from service import ChatService
app = Flask(__name__)
service = ChatService()
@app.route("/chat", methods=["POST"])
def chat():
    return service.reply("x")
