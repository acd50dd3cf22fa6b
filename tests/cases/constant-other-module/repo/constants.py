CHAT_MODEL = "gpt-4o"
