import anthropic
client = anthropic.Anthropic()
with client.messages.stream(model="claude-3-5-sonnet-latest", max_tokens=9, messages=[]) as s:
    for t in s.text_stream:
        print(t)
