from anthropic import AsyncAnthropic
class LLMService:
    MODEL = "claude-3-5-sonnet-latest"
    def __init__(self):
        self.client = AsyncAnthropic()
    async def ask(self, q):
        return await self.client.messages.create(model=self.MODEL, max_tokens=10, messages=[])
llm_service = LLMService()
