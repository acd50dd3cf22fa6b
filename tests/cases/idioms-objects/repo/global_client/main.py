from clients import client, MODEL
print(client.chat.completions.create(model=MODEL, messages=[]))
