import os

import asking

asking.ask("x")
