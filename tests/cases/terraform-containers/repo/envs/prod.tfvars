chat_model = "gpt-4.1"
