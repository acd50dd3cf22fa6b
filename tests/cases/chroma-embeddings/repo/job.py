import os
import chromadb
from chromadb.utils import embedding_functions
from chromadb.utils.embedding_functions import OpenAIEmbeddingFunction, SentenceTransformerEmbeddingFunction

client = chromadb.Client()
local = SentenceTransformerEmbeddingFunction(model_name="all-MiniLM-L6-v2")
remote = embedding_functions.OpenAIEmbeddingFunction(api_key=os.environ["OPENAI_API_KEY"], model_name="text-embedding-3-small")
client.get_or_create_collection("a", embedding_function=local)
