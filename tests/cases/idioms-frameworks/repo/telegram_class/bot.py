from telegram.ext import Application, MessageHandler, filters
from openai import OpenAI
class Bot:
    def __init__(self, model):
        self.model = model
        self.client = OpenAI()
    async def on_message(self, update, context):
        return self.client.chat.completions.create(model=self.model, messages=[])
    def run(self):
        app = Application.builder().token("x").build()
        app.add_handler(MessageHandler(filters.TEXT, self.on_message))
        app.run_polling()
