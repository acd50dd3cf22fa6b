import cohere
co = cohere.Client("x")
co.chat(model="command-r", message="x")
