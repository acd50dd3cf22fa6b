import boto3
class Bedrock:
    def __init__(self, profile=None):
        session = boto3.Session(profile_name=profile)
        self.client = session.client(service_name="bedrock-runtime")
    def ask(self):
        return self.client.converse(modelId="anthropic.claude-3-haiku-20240307-v1:0", messages=[])
Bedrock().ask()
