import os

import anthropic

anthropic.Anthropic().messages.create(model=os.environ["WORKER_MODEL"], max_tokens=9, messages=[])
