import os

from mistralai import Mistral

mistral = Mistral(api_key=os.environ["MISTRAL_API_KEY"])
