from airflow.decorators import dag, task
from airflow.providers.openai.hooks.openai import OpenAIHook

from include import summary


@dag(schedule="@daily")
def daily():
    def embed(rows):
        hook = OpenAIHook("openai_default")
        return rows.apply(lambda row: hook.create_embeddings(text=row, model="text-embedding-3-small"))

    @task
    def fetch():
        return ["one", "two"]

    rows = fetch()
    task(embed, task_id="embed_rows")(rows)
    texts = task(summary.summarize)(rows)
    task(embed, task_id="embed_texts")(texts)


daily()
