import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_


class Jobs(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        lambda_.Function(
            self,
            "Nightly",
            runtime=lambda_.Runtime.PYTHON_3_12,
            handler="run.nightly",
            code=lambda_.Code.from_asset("fn"),
            environment={
                "CHAT_MODEL": self.node.try_get_context("chatModel"),
                "RANK_MODEL": self.node.try_get_context("rankModel")
                or "o4-mini",
            },
        )


app = cdk.App()
Jobs(app, "Jobs")
app.synth()
