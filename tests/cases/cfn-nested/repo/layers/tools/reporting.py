import os

import litellm


def summarise(rows):
    return litellm.completion(model=os.environ["REPORT_MODEL"], messages=[{"role": "user", "content": str(rows)}])
