import os
from providers import get_provider
p = get_provider(os.getenv("PROVIDER", "openai"))
print(p.generate("x"))
