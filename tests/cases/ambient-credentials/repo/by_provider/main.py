import os
import litellm
if "GROQ_API_KEY" not in os.environ:
    raise SystemExit
key = os.environ["GROQ_API_KEY"]
litellm.completion(model="groq/llama-3.1-70b-versatile", messages=[])
