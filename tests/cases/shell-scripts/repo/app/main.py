import os, argparse
from openai import OpenAI
client = OpenAI(api_key=os.environ["LITELLM_KEY"])
def main():
    p = argparse.ArgumentParser(); p.add_argument("--model", default="gpt-4o-mini"); a = p.parse_args()
    client.chat.completions.create(model=a.model, messages=[])
    client.embeddings.create(model=os.environ.get("EMBED_MODEL", "text-embedding-3-small"), input="x")
if __name__ == "__main__":
    main()
