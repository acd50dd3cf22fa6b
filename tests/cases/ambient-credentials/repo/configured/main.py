import os
import google.generativeai as genai
genai.configure(api_key=os.environ["GEMINI_KEY"])
genai.GenerativeModel("gemini-1.5-flash").generate_content("x")
