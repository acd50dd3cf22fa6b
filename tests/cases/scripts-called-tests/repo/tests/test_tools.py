import os

from huggingface_hub import InferenceClient

client = InferenceClient("mistralai/Mistral-7B-Instruct-v0.3", token=os.environ["HF_TOKEN"])

for question in ("why?", "how?"):
    print(client.chat_completion(messages=[{"role": "user", "content": question}]))
