from airflow.models import BaseOperator
from huggingface_hub import InferenceClient


class SummaryOperator(BaseOperator):
    template_fields = ("model",)

    def __init__(self, model: str = "meta-llama/Llama-3.1-8B-Instruct", token: str = "", **kwargs) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.token = token

    def execute(self, context):
        client = InferenceClient(token=self.token)
        return client.chat_completion(
            messages=[{"role": "user", "content": context["ti"].xcom_pull(task_ids="load")}],
            model=self.model,
        )
