INSTALLED_APPS = ["chat"]
ROOT_URLCONF = "proj.urls"
OPENAI_MODEL = "gpt-4o"
