import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../../../shared"))

from ai import ask

ask("x")
