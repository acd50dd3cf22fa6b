import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

MODELS = [("ask", "gpt-4o"), ("sum", "gpt-4o-mini")]


class TasksStack(cdk.Stack):
    def __init__(self, scope, construct_id, **kwargs):
        super().__init__(scope, construct_id, **kwargs)
        common = {"JUDGE_MODEL": "gpt-4.1"}
        for name, model in MODELS:
            function = lambda_.Function(
                self,
                f"{name}-fn",
                runtime=lambda_.Runtime.PYTHON_3_12,
                handler=f"{name}.handler",
                code=lambda_.Code.from_asset("src"),
                environment={**common, "NAME": name},
            )
            function.add_environment("TASK_MODEL", model)


app = cdk.App()
for stage in ("dev", "prod"):
    TasksStack(app, f"Tasks-{stage}")
