import os
from datetime import datetime

from airflow import DAG
from airflow.operators.python import PythonOperator
from openai import OpenAI


def label():
    return OpenAI().responses.create(model=os.environ["DAG_MODEL"], input="x")


with DAG("labels", start_date=datetime(2026, 1, 1)) as dag:
    PythonOperator(task_id="label", python_callable=label)
