import aws_cdk as cdk

from stacks.pipeline import PipelineStack

app = cdk.App()
PipelineStack(app, "Pipeline", model_id="gpt-4.1-mini")
app.synth()
