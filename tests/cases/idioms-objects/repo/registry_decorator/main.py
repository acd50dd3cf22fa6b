from registry import REGISTRY
import models
print(REGISTRY["chat"]().run("x"))
