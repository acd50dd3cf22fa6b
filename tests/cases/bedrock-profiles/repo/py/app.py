import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_lambda as _lambda
from constructs import Construct


class ChatStack(cdk.Stack):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        profile = bedrock.CfnApplicationInferenceProfile(
            self,
            "Profile",
            inference_profile_name="py-bot",
            model_source=bedrock.CfnApplicationInferenceProfile.InferenceProfileModelSourceProperty(
                copy_from="arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            ),
        )
        chat = _lambda.Function(
            self,
            "PyChat",
            runtime=_lambda.Runtime.PYTHON_3_12,
            handler="app.handler",
            code=_lambda.Code.from_asset("fn"),
        )
        chat.add_environment("PROFILE_ARN", profile.attr_inference_profile_arn)


app = cdk.App()
ChatStack(app, "PyChatStack")
app.synth()
