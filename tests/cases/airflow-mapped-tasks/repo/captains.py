from airflow.decorators import dag, task
from openai import OpenAI


@dag(schedule=None)
def captains():
    @task
    def ask(who, model="gpt-4o-mini", **context):
        return OpenAI().responses.create(model=model, input=who)

    @task
    def rate(answers, model):
        return OpenAI().responses.create(model=model, input=answers)

    answers = ask.expand(who=["Kirk", "Picard"])
    rate.override(task_id="rate_well")(answers, "gpt-4.1")
    ask.partial(model="gpt-4.1-nano").expand(who=["Sisko"])


captains()
