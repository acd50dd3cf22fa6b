import os

import litellm


def handler(event, context):
    return litellm.completion(model=os.environ["ANSWER_MODEL"], messages=event["messages"])
