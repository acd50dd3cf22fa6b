from llm import ask
ask("x")
