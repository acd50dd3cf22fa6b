import os

import litellm


def handler(event, context):
    return litellm.completion(model=os.environ["TAG_MODEL"], messages=[event])
