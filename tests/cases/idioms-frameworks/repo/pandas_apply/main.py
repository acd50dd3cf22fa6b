import pandas as pd
from openai import OpenAI
def label(t):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
df = pd.read_csv("x.csv")
df["l"] = df["t"].apply(label)
df["m"] = df["t"].apply(lambda x: label(x))
