from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as _lambda
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.aws_lambda_python_alpha import PythonFunction


class PipelineStack(Stack):
    def __init__(self, scope, construct_id, *, model_id, **kwargs):
        super().__init__(scope, construct_id, **kwargs)
        judge = CfnParameter(self, "JudgeModel", default="gpt-4o")
        secret = secretsmanager.Secret.from_secret_name_v2(self, "Key", "prod/llm/openai")

        PythonFunction(
            self,
            "Extract",
            entry="src/extract",
            runtime=_lambda.Runtime.PYTHON_3_12,
            environment={"EXTRACT_MODEL": model_id, "OPENAI_SECRET": secret.secret_name},
        )

        task = ecs.FargateTaskDefinition(self, "Worker")
        task.add_container(
            "main",
            image=ecs.ContainerImage.from_asset("src/worker"),
            environment={"JUDGE_MODEL": judge.value_as_string},
            secrets={"OPENAI_API_KEY": ecs.Secret.from_secrets_manager(secret)},
        )
