chat_model = "gpt-4o-mini"
