from linebot.v3 import WebhookHandler
from linebot.v3.webhooks import MessageEvent
from openai import OpenAI
handler = WebhookHandler("secret")

@handler.add(MessageEvent)
def on_message(event):
    OpenAI().chat.completions.create(model="gpt-4o", messages=[])

def lambda_handler(event, context):
    handler.handle(event["body"], "sig")
