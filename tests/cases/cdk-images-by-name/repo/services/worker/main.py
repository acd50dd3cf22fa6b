import os

import boto3

boto3.client("bedrock-runtime").converse(modelId=os.environ["WORKER_MODEL"], messages=[])
