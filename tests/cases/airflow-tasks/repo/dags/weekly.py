from airflow import DAG
from airflow.operators.python import PythonOperator

from include.summary import summarize

with DAG(dag_id="weekly_report", schedule="@weekly") as dag:
    report = PythonOperator(task_id="report", python_callable=summarize)
