import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as _lambda
from constructs import Construct


class RagStack(cdk.Stack):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        chat = ecr.Repository.from_repository_name(self, "ChatRepo", "chat")
        _lambda.DockerImageFunction(
            self,
            "Answers",
            code=_lambda.DockerImageCode.from_ecr(chat, tag_or_digest="latest"),
            environment={"CHAT_MODEL": "amazon.nova-pro-v1:0"},
        )
        ingest = ecr.Repository(self, "IngestRepo", repository_name="rag/ingest")
        _lambda.DockerImageFunction(self, "Loads", code=_lambda.DockerImageCode.from_ecr(ingest))
        worker = ecr.Repository(self, "WorkerRepo", repository_name="worker")
        task = ecs.FargateTaskDefinition(self, "Task")
        task.add_container(
            "main",
            image=ecs.ContainerImage.from_ecr_repository(worker, "latest"),
            environment={"WORKER_MODEL": "amazon.nova-lite-v1:0"},
        )


app = cdk.App()
RagStack(app, "Rag")
app.synth()
