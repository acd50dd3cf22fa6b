from apscheduler.schedulers.blocking import BlockingScheduler
from openai import OpenAI
def job():
    OpenAI().chat.completions.create(model="gpt-4o", messages=[])
s = BlockingScheduler()
s.add_job(job, "interval", hours=1)
s.start()
