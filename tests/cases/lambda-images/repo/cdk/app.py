from aws_cdk import App, Stack, aws_lambda as lambda_

app = App()
stack = Stack(app, "stack")
code = lambda_.DockerImageCode.from_image_asset("answers", cmd=["app.other"])
lambda_.DockerImageFunction(stack, "Cdk", code=code)
