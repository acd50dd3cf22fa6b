from together import Together
Together().chat.completions.create(model="meta-llama/Llama-3-70b-chat-hf", messages=[])
