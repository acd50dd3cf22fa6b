import aws_cdk as cdk
from stacks.chat import ChatStack

app = cdk.App()
ChatStack(app, "Chat")
app.synth()
