from flask import Flask
from flask_restful import Api, Resource
from openai import OpenAI
class Chat(Resource):
    def post(self):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
app = Flask(__name__)
api = Api(app)
api.add_resource(Chat, "/chat")
