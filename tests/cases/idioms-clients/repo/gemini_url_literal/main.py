import os, requests
requests.post("https://generativelanguage.googleapis.com/v1beta/models/gemini-1.5-flash:generateContent", params={"key": os.environ["GEMINI_API_KEY"]}, json={"contents": []})
