import schedule, time
from openai import OpenAI
def job():
    OpenAI().chat.completions.create(model="gpt-4o", messages=[])
schedule.every().day.at("10:00").do(job)
while True:
    schedule.run_pending()
