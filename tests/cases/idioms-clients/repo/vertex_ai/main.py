import vertexai
from vertexai.generative_models import GenerativeModel
vertexai.init(project="p")
GenerativeModel("gemini-1.5-pro").generate_content("x")
