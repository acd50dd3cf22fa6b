import os


from openai import OpenAI



if __name__ == "__main__":
    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
    client.chat.completions.create(model=os.environ["CHAT_MODEL"], messages=[])
