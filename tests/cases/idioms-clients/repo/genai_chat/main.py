import google.generativeai as genai
model = genai.GenerativeModel(model_name="gemini-1.5-pro", generation_config={})
chat = model.start_chat(history=[])
chat.send_message("x")
