import os

import azure.functions as func
from openai import OpenAI

app = func.FunctionApp()


@app.timer_trigger(schedule="0 0 * * * *", arg_name="timer")
def judge(timer):
    OpenAI().chat.completions.create(model=os.environ["JUDGE_MODEL"], messages=[])
