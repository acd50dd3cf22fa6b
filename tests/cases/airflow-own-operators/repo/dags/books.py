from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator
from operators.summary import SummaryOperator


def load():
    return "text"


dag = DAG("books", schedule="@daily")

load_books = PythonOperator(task_id="load", python_callable=load, dag=dag)
summarise = SummaryOperator(
    task_id="summarise",
    model=Variable.get("SUMMARY_MODEL", default_var="Qwen/Qwen2.5-72B-Instruct"),
    token=Variable.get("HF_TOKEN"),
    dag=dag,
)
shorten = SummaryOperator(task_id="shorten", model="Qwen/Qwen2.5-7B-Instruct", dag=dag)
load_books >> summarise >> shorten
