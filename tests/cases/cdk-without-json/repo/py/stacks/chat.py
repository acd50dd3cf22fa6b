from aws_cdk import Stack
from aws_cdk import aws_lambda as _lambda


class ChatStack(Stack):
    def __init__(self, scope, construct_id, **kwargs):
        super().__init__(scope, construct_id, **kwargs)
        _lambda.Function(
            self,
            "PyChat",
            runtime=_lambda.Runtime.PYTHON_3_12,
            handler="index.handler",
            code=_lambda.Code.from_asset("lambda"),
            environment={"CHAT_MODEL": "gpt-4o"},
        )
