from mistralai import Mistral
client = Mistral(api_key="x")
client.chat.complete(model="mistral-large-latest", messages=[])
