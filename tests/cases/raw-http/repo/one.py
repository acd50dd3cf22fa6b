import os

import requests

requests.post(
    os.environ["BASE"] + "/v1/chat/completions",
    headers={"Authorization": "Bearer " + os.environ["PROXY_TOKEN"]},
    json={"model": "gpt-4o", "messages": []},
)
