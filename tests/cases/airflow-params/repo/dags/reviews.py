from airflow import DAG
from airflow.hooks.base import BaseHook
from airflow.models import Param, Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret
from openai import OpenAI


def summarise(model, **context):
    client = OpenAI(api_key=BaseHook.get_connection("openai_default").password)
    first = client.responses.create(model=model, input="reviews")
    return client.responses.create(model=context["params"]["check_model"], input=str(first))


def rank(model):
    fallback = Variable.get("rank_fallback_model", default_var="gpt-4o-mini")
    OpenAI().responses.create(model=fallback, input="reviews")
    return OpenAI().responses.create(model=model, input="reviews")


with DAG("reviews", params={"check_model": Param("o3-mini", type="string"), "depth": 2}) as dag:
    first = PythonOperator(task_id="summarise", python_callable=summarise, op_kwargs={"model": "gpt-4o"})
    second = PythonOperator(task_id="rank", python_callable=rank, op_kwargs={"model": "{{ var.value.rank_model }}"})
    third = KubernetesPodOperator(
        task_id="label",
        image="registry.example.com/label:1",
        cmds=["python", "jobs/label.py"],
        env_vars={"LABEL_MODEL": "gpt-4.1-mini"},
        secrets=[Secret("env", "OPENAI_API_KEY", "openai", "key")],
    )
    fourth = BashOperator(task_id="tag", bash_command="python jobs/tag.py --all", env={"TAG_MODEL": "{{ params.check_model }}"})
    first >> second >> third >> fourth
