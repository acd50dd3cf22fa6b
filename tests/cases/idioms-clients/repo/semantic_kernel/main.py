from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
k = Kernel()
k.add_service(OpenAIChatCompletion(ai_model_id="gpt-4o", service_id="x"))
