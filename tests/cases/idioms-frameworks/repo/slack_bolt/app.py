from slack_bolt import App
from openai import OpenAI
app = App(token="x")
@app.event("app_mention")
def mention(event, say):
    say(OpenAI().chat.completions.create(model="gpt-4o", messages=[]))
app.start()
