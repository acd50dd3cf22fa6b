from models import Writer
from rounds import Rounds

Rounds(Writer("gpt-4o")).run()
